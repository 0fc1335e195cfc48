#include "replica/service/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace quorate {

std::optional<std::int64_t> parse_integer(ByteView text) {
  const std::string_view digits = as_text(text);
  std::int64_t value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) return std::nullopt;
  // from_chars also takes "01", "-0" and "1x": canonical is what formatting gives back.
  if (!std::ranges::equal(format_integer(value), text)) return std::nullopt;
  return value;
}

Bytes format_integer(std::int64_t value) {
  std::array<char, 20> digits{};  // the longest is -9223372036854775808
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

}  // namespace quorate
