// The files that `cluster create` reads: where the replicas are to listen, and public keys made on other machines.
//
// A line of a hosts file: HOST, HOST:PORT or [IPV6]:PORT, and after it, if the replica's key was made elsewhere, its
// public key as 64 hexadecimal digits. Line i is replica i. A line of a key file: a public key. What follows the last
// expected word of a key file's line (a file name, as keygen prints it) is skipped, and so are empty lines and lines
// that begin with '#'.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "crypto/signature.h"
#include "messages/cluster_file.h"

namespace quorate::command {

struct HostLine {
  Address address;
  std::optional<PublicKey> key;
};

/// A host without a port gets base_port + its replica id. Errors carry `name` and the line: no port number, a key that
/// is no key, two replicas at one place.
Result<std::vector<HostLine>> parse_hosts(std::string_view text, std::string_view name, std::uint16_t base_port);
/// Errors carry `name` and the line.
Result<std::vector<PublicKey>> parse_public_keys(std::string_view text, std::string_view name);
/// The whole file. Errors: cannot be read.
Result<std::string> read_text(const std::filesystem::path& path);

}  // namespace quorate::command
