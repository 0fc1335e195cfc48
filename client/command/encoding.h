// How keys and values are written on the command line and in output: as they are, in hexadecimal, or in base64 (RFC
// 4648, section 4, with its padding). Every byte string has one writing in base64; in hexadecimal either case is read.
#pragma once

#include <string>
#include <string_view>

#include "crypto/error.h"

namespace quorate::command {

enum class Encoding { text, hex, base64 };

/// The bytes that a word stands for. Errors say what is wrong and at which character, counted from 1.
Result<std::string> decoded(Encoding encoding, std::string_view word);
/// The inverse, fit for a line: as text with the escapes of text.h.
std::string encoded(Encoding encoding, std::string_view bytes);

std::string to_base64(std::string_view bytes);

}  // namespace quorate::command
