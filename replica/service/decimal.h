// 64-bit integers as values of keys: canonical decimal text, so that equal integers are equal bytes.
//
// "0", or an optional '-' and digits of which the first is not 0, within −2^63 … 2^63−1. No '+', no space, no "-0", no
// leading zero, no locale.
#pragma once

#include <cstdint>
#include <optional>

#include "crypto/bytes.h"

namespace quorate {

/// Nothing when the text is not a canonical 64-bit integer.
std::optional<std::int64_t> parse_integer(ByteView text);
Bytes format_integer(std::int64_t value);

}  // namespace quorate
