// A value on disk and its checksum: payload ‖ 8 bytes over key and payload.
//
// The checksum (crypto/checksum.h) finds accidents (rotten bits, a value under a key that is not its own), not
// forgeries: who can write this disk can vote as this replica anyway.
#pragma once

#include <optional>

#include "crypto/bytes.h"

namespace quorate {

inline constexpr std::size_t seal_bytes = 8;

Bytes seal(ByteView key, ByteView payload);
/// The payload, a view into `sealed`; nothing when the checksum does not match.
std::optional<ByteView> unseal(ByteView key, ByteView sealed);

}  // namespace quorate
