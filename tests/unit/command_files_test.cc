// Lines read without waiting for them, and files that are there whole or not at all.
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

#include "client/command/line_reader.h"
#include "client/command/partial_file.h"
#include "tests/support/temporary_directory.h"

namespace quorate::command {
namespace {

using Next = LineReader::Next;

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write(int file, const std::string& text) {
  REQUIRE(::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("a line that is not there yet is not waited for, half a line neither") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  auto reader = LineReader::open("/dev/fd/" + std::to_string(ends[0])).value();
  std::string line;
  CHECK(reader.next(line, false) == Next::later);
  write(ends[1], "one\ntw");
  CHECK(reader.next(line, false) == Next::line);
  CHECK(line == "one");
  CHECK(reader.next(line, false) == Next::later);
  write(ends[1], "o\n\nlast");
  CHECK(reader.next(line, true) == Next::line);
  CHECK(line == "two");
  CHECK(reader.next(line, true) == Next::line);
  CHECK(line.empty());
  CHECK(reader.next(line, false) == Next::later);
  ::close(ends[1]);
  CHECK(reader.next(line, true) == Next::line);
  CHECK(line == "last");
  CHECK(reader.next(line, true) == Next::end);
  CHECK(reader.next(line, false) == Next::end);
  ::close(ends[0]);
}

TEST_CASE("lines longer than what is read at once, of a file") {
  const TemporaryDirectory files;
  const std::string longest(200'000, 'x');
  std::ofstream(files.path() / "lines") << longest << '\n' << "short\n";
  auto reader = LineReader::open((files.path() / "lines").string()).value();
  std::string line;
  CHECK(reader.next(line, false) == Next::line);
  CHECK(line == longest);
  CHECK(reader.next(line, false) == Next::line);
  CHECK(line == "short");
  CHECK(reader.next(line, false) == Next::end);
  CHECK(LineReader::open((files.path() / "missing").string()).error().message.find("No such file") !=
        std::string::npos);
}

TEST_CASE("what cannot be read to its end is no whole file, and half a line of it is no line") {
  const TemporaryDirectory files;
  const std::string directory = files.path().string();
  auto reader = LineReader::open(directory).value();
  std::string line;
  CHECK(reader.next(line, true) == Next::end);
  CHECK(reader.failure() == directory + " cannot be read: Is a directory");
  CHECK(read_whole(directory).error().message == reader.failure());
  CHECK_FALSE(read_whole((files.path() / "missing").string()).has_value());
  const std::string bytes("a\n\0b\r\n\xff", 7);
  std::ofstream(files.path() / "file", std::ios::binary) << bytes;
  CHECK(read_whole((files.path() / "file").string()).value() == bytes);
  auto lines = LineReader::open((files.path() / "file").string()).value();
  while (lines.next(line, true) != Next::end) {
  }
  CHECK(lines.failure().empty());
}

TEST_CASE("a file has its name once it is whole; until then what had the name before") {
  const TemporaryDirectory files;
  const auto name = files.path() / "file";
  std::ofstream(name) << "before";
  std::ofstream(files.path() / "file.partial") << "what a killed one left, and longer than what is written now";
  {
    const auto file = PartialFile::open(name).value();
    file->stream() << "whole" << std::flush;
    CHECK(content(name) == "before");
    CHECK(content(files.path() / "file.partial") == "whole");
    CHECK(file->commit().has_value());
  }
  CHECK(content(name) == "whole");
  CHECK_FALSE(std::filesystem::exists(files.path() / "file.partial"));
}

TEST_CASE("a file that is not committed leaves nothing behind") {
  const TemporaryDirectory files;
  PartialFile::open(files.path() / "file").value()->stream() << "half";
  CHECK(std::filesystem::is_empty(files.path()));
}

TEST_CASE("what is no file is not replaced, and what cannot be made is named") {
  const TemporaryDirectory files;
  CHECK(PartialFile::open("/dev/null").error().message.find("/dev/null is no file") == 0);
  CHECK_FALSE(PartialFile::open(files.path()).has_value());
  const auto missing = PartialFile::open(files.path() / "no" / "file");
  CHECK(missing.error().message.find("No such file") != std::string::npos);
  CHECK(std::filesystem::is_empty(files.path()));
}

TEST_CASE("a full disk is an error and leaves nothing behind") {
  const TemporaryDirectory files;
  std::filesystem::create_symlink("/dev/full", files.path() / "file.partial");
  {
    const auto file = PartialFile::open(files.path() / "file").value();
    file->stream() << std::string(100'000, 'x');
    const auto committed = file->commit();
    CHECK_FALSE(committed.has_value());
    CHECK(committed.error().message.find("cannot be written") != std::string::npos);
  }
  CHECK(std::filesystem::is_empty(files.path()));
}

}  // namespace quorate::command
