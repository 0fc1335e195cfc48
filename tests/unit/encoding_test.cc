// Hexadecimal, base64 and the escapes of lines: what is written is read back, and what is wrong is named.
#include "client/command/encoding.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <optional>

#include "client/command/text.h"

namespace quorate::command {
namespace {

std::string error_of(Encoding encoding, const std::string& word) {
  const auto bytes = decoded(encoding, word);
  return bytes ? "" : bytes.error().message;
}

}  // namespace

TEST_CASE("any bytes are read back from each encoding, and no line has a tab or an end in it") {
  const bool held = rc::check([](const std::string& bytes) {
    RC_ASSERT(decoded(Encoding::hex, encoded(Encoding::hex, bytes)).value() == bytes);
    RC_ASSERT(decoded(Encoding::base64, encoded(Encoding::base64, bytes)).value() == bytes);
    const std::string line = encoded(Encoding::text, bytes);
    RC_ASSERT(unescaped(line) == bytes);
    RC_ASSERT(line.find_first_of("\t\n\r") == std::string::npos);
  });
  CHECK(held);
}

TEST_CASE("each string of bytes has one base64 writing") {
  const bool held = rc::check([](const std::vector<std::uint8_t>& places) {
    constexpr std::string_view digits = "ABwxyz019+/=";
    std::string word;
    for (const std::uint8_t place : places) word += digits[place % digits.size()];
    const auto bytes = decoded(Encoding::base64, word);
    RC_ASSERT(!bytes || to_base64(*bytes) == word);
  });
  CHECK(held);
}

TEST_CASE("base64 is that of RFC 4648") {
  CHECK(to_base64("") == "");
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foo") == "Zm9v");
  CHECK(to_base64("foob") == "Zm9vYg==");
  CHECK(to_base64("fooba") == "Zm9vYmE=");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(to_base64("\xff\xfe") == "//4=");
  CHECK(decoded(Encoding::base64, "+/+/").value() == "\xfb\xff\xbf");
}

TEST_CASE("text is taken as it is, hexadecimal in either case") {
  CHECK(decoded(Encoding::text, "\\t \xff").value() == "\\t \xff");
  CHECK(decoded(Encoding::hex, "00fFAb").value() == std::string("\x00\xff\xab", 3));
}

TEST_CASE("what is wrong with a word is said, and where") {
  CHECK(error_of(Encoding::hex, "0g") == "'g' at character 2 is no hexadecimal digit");
  CHECK(error_of(Encoding::hex, "0x00") == "'x' at character 2 is no hexadecimal digit");
  CHECK(error_of(Encoding::hex, "123") == "an odd number of hexadecimal digits (3); a byte has two");
  CHECK(error_of(Encoding::base64, "Zm9*") == "'*' at character 4 is no base64 digit");
  CHECK(error_of(Encoding::base64, "Zg=v") == "'=' at character 3 is no base64 digit");
  CHECK(error_of(Encoding::base64, "Zg=") == "3 characters are no base64; they come in fours, filled up with '='");
  CHECK(error_of(Encoding::base64, "Zh==") == "'h' at character 2 has bits that belong to no byte");
  CHECK(error_of(Encoding::base64, "A===") != "");
  CHECK(error_of(Encoding::base64, "====") != "");
  CHECK(error_of(Encoding::base64, "\n") == "'\\n' at character 1 is no base64 digit");
}

}  // namespace quorate::command
