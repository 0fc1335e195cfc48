// Key files: what was written is read again, and a file that others may touch or that is damaged is refused.
#include "crypto/key_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/support/sample_messages.h"
#include "tests/support/temporary_directory.h"

namespace quorate {
namespace {

using testing::seed_of;

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string error_of(const std::filesystem::path& path) {
  const auto seed = read_key_file(path);
  return seed ? "" : seed.error().message;
}

bool names(const std::string& error, const std::string& what) { return error.find(what) != std::string::npos; }

TEST_CASE("a key file holds one line, with mode 0600") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "key";
  const mode_t old_mask = ::umask(0);
  REQUIRE(write_key_file(path, seed_of(0xab)).has_value());
  ::umask(old_mask);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += "ab";
  CHECK(content_of(path) == "quorate-key-1 " + digits + "\n");
  const auto seed = read_key_file(path);
  REQUIRE(seed.has_value());
  CHECK(seed->bytes() == seed_of(0xab).bytes());
}

TEST_CASE("a key file is never overwritten") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "key";
  REQUIRE(write_key_file(path, seed_of(1)).has_value());
  const auto again = write_key_file(path, seed_of(2));
  REQUIRE_FALSE(again.has_value());
  CHECK(names(again.error().message, path.string()));
  CHECK(read_key_file(path)->bytes() == seed_of(1).bytes());
}

TEST_CASE("a key file that group or others may use is refused, with its mode and the way out") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "key";
  REQUIRE(write_key_file(path, seed_of(1)).has_value());
  for (const mode_t extra : {0040, 0020, 0010, 0004, 0002, 0001}) {
    REQUIRE(::chmod(path.c_str(), 0600 | extra) == 0);
    CHECK(names(error_of(path), "chmod 600 " + path.string()));
  }
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK(names(error_of(path), "0644"));
  REQUIRE(::chmod(path.c_str(), 0400) == 0);
  CHECK(error_of(path).empty());
}

TEST_CASE("a missing or damaged key file is refused by name") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "key";
  CHECK(names(error_of(path), path.string()));
  REQUIRE(write_key_file(path, seed_of(1)).has_value());
  const std::string good = content_of(path);
  std::string other_digit = good, other_header = good;
  other_digit[20] = 'x';
  other_header[12] = '2';
  for (const std::string& bad :
       {std::string(), good.substr(0, good.size() - 1), good + "\n", good.substr(1), other_digit, other_header}) {
    std::ofstream(path, std::ios::trunc) << bad;
    CHECK(names(error_of(path), "damaged"));
  }
}

}  // namespace
}  // namespace quorate
