// The journal of an import: what one life notes the next finds, also when the last line was cut off.
#include "client/command/import_journal.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/temporary_directory.h"

namespace quorate::command {
namespace {

struct JournalFile {
  TemporaryDirectory root;
  std::filesystem::path path = root.path() / "import";
  ImportJournal life() const {
    auto journal = ImportJournal::open(path);
    REQUIRE(journal);
    return std::move(*journal);
  }
};

}  // namespace

TEST_CASE("import journal: client, timestamps and acknowledged lines survive") {
  const JournalFile file;
  {
    ImportJournal journal = file.life();
    CHECK_FALSE(journal.client());
    REQUIRE(journal.begin(ClientId(3)));
    REQUIRE(journal.allot(1, 100, Timestamp(500)));
    REQUIRE(journal.allot(101, 50, Timestamp(900)));
    for (const std::uint64_t line : {5, 2, 3, 1, 100, 101}) journal.acknowledged(line);
    REQUIRE(journal.write());
    journal.acknowledged(7);  // not written: it does not count
  }
  const ImportJournal journal = file.life();
  CHECK(journal.client() == ClientId(3));
  CHECK(journal.timestamp_of(1) == Timestamp(500));
  CHECK(journal.timestamp_of(100) == Timestamp(599));
  CHECK(journal.timestamp_of(101) == Timestamp(900));
  CHECK_FALSE(journal.timestamp_of(151));
  CHECK_FALSE(journal.timestamp_of(0));
  for (const std::uint64_t line : {1, 2, 3, 5, 100, 101}) CHECK(journal.is_done(line));
  for (const std::uint64_t line : {4, 6, 7, 99, 102}) CHECK_FALSE(journal.is_done(line));
  CHECK(journal.done_count() == 6);
}

TEST_CASE("import journal: a last line that was cut off does not count, and the next follows on a line of its own") {
  const JournalFile file;
  {
    ImportJournal journal = file.life();
    REQUIRE(journal.begin(ClientId(0)));
    REQUIRE(journal.allot(1, 100, Timestamp(1)));
    journal.acknowledged(12);
    REQUIRE(journal.write());
  }
  std::filesystem::resize_file(file.path, std::filesystem::file_size(file.path) - 1);  // "done 12 12" without its end
  {
    ImportJournal journal = file.life();
    CHECK_FALSE(journal.is_done(12));
    journal.acknowledged(13);
    REQUIRE(journal.write());
  }
  CHECK(file.life().is_done(13));
  CHECK_FALSE(file.life().is_done(12));
}

TEST_CASE("import journal: damage is refused, and remove leaves nothing") {
  const JournalFile file;
  for (const char* text : {"hello\n", "quorate-import-1 x\n", "quorate-import-1 1\ndone 3 4\n",
                           "quorate-import-1 1\nchunk 1 10 5\ndone 9 8\n", "quorate-import-1 1\nchunk 1 10\n"}) {
    std::ofstream(file.path, std::ios::trunc) << text;
    CHECK_FALSE(ImportJournal::open(file.path));
  }
  std::filesystem::remove(file.path);
  ImportJournal journal = file.life();
  REQUIRE(journal.begin(ClientId(0)));
  REQUIRE(journal.remove());
  CHECK_FALSE(std::filesystem::exists(file.path));
}

}  // namespace quorate::command
