// Fresh random bytes from the operating system, for nonces. Not for the core or the service, which know no chance.
#pragma once

#include <array>
#include <cstdint>

namespace quorate {

std::array<std::uint8_t, 32> random_nonce();
std::uint64_t random_u64();

}  // namespace quorate
