// Keys and values as lines of text: tab, newline, carriage return and backslash are written \t, \n, \r and \\.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quorate::command {

std::string escaped(std::string_view bytes);
/// Nothing when a backslash begins no known escape.
std::optional<std::string> unescaped(std::string_view text);

}  // namespace quorate::command
