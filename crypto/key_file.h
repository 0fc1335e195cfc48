// Key files: one 32-byte Ed25519 seed as text, readable by its owner alone.
//
// Format: the line "quorate-key-1 <64 hexadecimal digits>\n". A file that group or others can read, write or execute is
// refused, as is one that is damaged.
#pragma once

#include <filesystem>

#include "crypto/ed25519.h"
#include "crypto/error.h"

namespace quorate {

/// Creates the file with mode 0600 and forces it to disk. Errors: it exists already, or cannot be written.
Result<void> write_key_file(const std::filesystem::path& path, const SecretSeed& seed);
/// Errors: missing, mode wider than 0600, wrong format.
Result<SecretSeed> read_key_file(const std::filesystem::path& path);

}  // namespace quorate
