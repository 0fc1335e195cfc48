#include "client/command/encoding.h"

#include <cstdint>

#include "client/command/text.h"
#include "crypto/bytes.h"

namespace quorate::command {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string at(std::size_t index) { return " at character " + std::to_string(index + 1); }

Result<std::string> from_hexadecimal(std::string_view word) {
  const auto wrong = word.find_first_not_of(hex_digits);
  if (wrong != std::string_view::npos) {
    return failure("'" + escaped(word.substr(wrong, 1)) + "'" + at(wrong) + " is no hexadecimal digit");
  }
  const auto bytes = from_hex(word);
  if (!bytes)
    return failure("an odd number of hexadecimal digits (" + std::to_string(word.size()) + "); a byte has two");
  return std::string(as_text(*bytes));
}

Result<std::string> from_base64(std::string_view word) {
  std::string_view digits = word;
  while (!digits.empty() && digits.back() == '=' && word.size() - digits.size() < 2) digits.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto value = alphabet.find(digits[i]);
    if (value == std::string_view::npos) {
      return failure("'" + escaped(digits.substr(i, 1)) + "'" + at(i) + " is no base64 digit");
    }
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  if (word.size() % 4 != 0) {
    return failure(std::to_string(word.size()) + " characters are no base64; they come in fours, filled up with '='");
  }
  if ((bits & ((1U << count) - 1)) != 0) {
    return failure("'" + std::string(1, digits.back()) + "'" + at(digits.size() - 1) +
                   " has bits that belong to no byte");
  }
  return bytes;
}

}  // namespace

Result<std::string> decoded(Encoding encoding, std::string_view word) {
  switch (encoding) {
    case Encoding::hex:
      return from_hexadecimal(word);
    case Encoding::base64:
      return from_base64(word);
    case Encoding::text:
      break;
  }
  return std::string(word);
}

std::string encoded(Encoding encoding, std::string_view bytes) {
  switch (encoding) {
    case Encoding::hex:
      return to_hex(as_bytes(bytes));
    case Encoding::base64:
      return to_base64(bytes);
    case Encoding::text:
      break;
  }
  return escaped(bytes);
}

std::string to_base64(std::string_view bytes) {
  std::string word;
  word.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8 | (j < bytes.size() ? static_cast<std::uint8_t>(bytes[j]) : 0U);
    }
    const std::size_t digits = bytes.size() - i >= 3 ? 4 : bytes.size() - i + 1;
    for (std::size_t digit = 0; digit < 4; ++digit) {
      word += digit < digits ? alphabet[group >> (18 - 6 * digit) & 63] : '=';
    }
  }
  return word;
}

}  // namespace quorate::command
