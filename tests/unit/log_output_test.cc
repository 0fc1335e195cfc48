// The log's files: bounded however much is logged, whatever somebody else makes us log.
#include "replica/log_output.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <iterator>
#include <set>

#include "replica/log_limit.h"
#include "tests/support/temporary_directory.h"

using namespace quorate;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A log in a directory of its own, and back to standard error at the end.
struct LogInFile {
  TemporaryDirectory temporary;
  std::filesystem::path directory = temporary.path() / "d";
  std::filesystem::path file = directory / "replica.log";
  LogFileLimits limits{4096, 3};

  LogInFile() {
    std::filesystem::create_directory(directory);
    REQUIRE(log_to_file(file, limits));
  }
  ~LogInFile() { log_to_stderr(); }
  static void log_lines(int first, int last) {
    for (int i = first; i <= last; ++i) spdlog::info("this is line {} of many", i);
  }
};

std::set<std::string> names_in(const std::filesystem::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.insert(entry.path().filename());
  return names;
}

}  // namespace

TEST_CASE_FIXTURE(LogInFile, "the log's files are rotated, and stay few and small") {
  log_lines(1, 1000);
  CHECK(names_in(directory) == std::set<std::string>{"replica.log", "replica.1.log", "replica.2.log"});
  for (const auto& entry : std::filesystem::directory_iterator(directory)) CHECK(entry.file_size() <= 4096);
  const std::string all = text_of(directory / "replica.2.log") + text_of(directory / "replica.1.log") + text_of(file);
  CHECK(text_of(file).find("line 1000 of") != std::string::npos);
  CHECK(all.find("line 950 of") != std::string::npos);
  CHECK(all.find("line 1 of") == std::string::npos);
}

TEST_CASE_FIXTURE(LogInFile, "each line is there when the call returns, and a new start goes on behind them") {
  log_lines(1, 1);
  CHECK(text_of(file).find("line 1 of") != std::string::npos);
  REQUIRE(log_to_file(file, limits));
  log_lines(2, 2);
  CHECK(text_of(file).find("line 1 of") < text_of(file).find("line 2 of"));
}

TEST_CASE_FIXTURE(LogInFile, "rotation goes on in a directory that was moved") {
  const auto elsewhere = temporary.path() / "elsewhere";
  std::filesystem::rename(directory, elsewhere);
  log_lines(1, 1000);
  CHECK(names_in(elsewhere) == std::set<std::string>{"replica.log", "replica.1.log", "replica.2.log"});
  CHECK(text_of(elsewhere / "replica.log").find("line 1000 of") != std::string::npos);
}

TEST_CASE("a log file that cannot be opened is a clear error") {
  const TemporaryDirectory temporary;
  const auto absent = log_to_file(temporary.path() / "absent" / "replica.log", {});
  REQUIRE_FALSE(absent);
  CHECK(absent.error().message.find("absent/replica.log': No such file or directory") != std::string::npos);
  std::filesystem::create_directory(temporary.path() / "directory");
  CHECK_FALSE(log_to_file(temporary.path() / "directory", {}));
}

TEST_CASE("lines that others can cause: a few at once, then one each interval, and the number left out") {
  LogLimit limit;
  const SteadyTime start(5'000'000'000);
  for (std::uint32_t i = 0; i < LogLimit::at_once; ++i) CHECK(limit.take(start) == 0);
  CHECK_FALSE(limit.take(start));
  CHECK_FALSE(limit.take(start + (LogLimit::interval_us - 1)));
  CHECK(limit.take(start + LogLimit::interval_us) == 2);
  CHECK_FALSE(limit.take(start + LogLimit::interval_us));
  std::uint64_t lines = 0;
  for (std::uint64_t us = 0; us < 100 * LogLimit::interval_us; us += 1000) {
    if (limit.take(start + (LogLimit::interval_us + us))) ++lines;
  }
  CHECK(lines == 99);
}

TEST_CASE("after a silence a few lines at once are allowed again") {
  LogLimit limit;
  const SteadyTime start(1);
  while (limit.take(start)) continue;
  const SteadyTime later = start + 1000 * LogLimit::interval_us;
  for (std::uint32_t i = 0; i < LogLimit::at_once; ++i) CHECK(limit.take(later));
  CHECK_FALSE(limit.take(later));
}
