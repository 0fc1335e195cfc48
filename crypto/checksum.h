// A checksum against accidents: 64 bits, far cheaper than a digest, and no protection against who means harm.
#pragma once

#include <cstdint>

#include "crypto/bytes.h"

namespace quorate {

/// SipHash-2-4 of `bytes` under the key u64 `chained` ‖ u64 0. The checksum of two strings, in which neither can take
/// bytes from the other: `checksum_of(second, checksum_of(first))`.
std::uint64_t checksum_of(ByteView bytes, std::uint64_t chained = 0);

}  // namespace quorate
