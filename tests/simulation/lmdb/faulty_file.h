// A store's data file, which loses what was not forced when its process ends, and the moment at which that happens.
//
// Watched is the file of this path from the object's making on, whoever in this program writes to it; each by one
// thread at a time. A forked child is not watched: it only reads. LMDB writes pages, forces them, and makes them count
// by one write of a meta page on a descriptor that forces each write: that one decides what a transaction comes to.
#pragma once

#include <filesystem>
#include <optional>

#include "tests/simulation/disk_stores.h"
#include "tests/simulation/random.h"
#include "tests/unforced/file_calls.h"
#include "tests/unforced/unforced_file.h"

namespace quorate::simulation {

enum class Forces : std::uint8_t {
  count,
  count_for_nothing,  // a test that stays green with it tests nothing
};

class FaultyFile final : public unforced::FileWatch {
 public:
  /// The path has no links. Draws from `random` at faults and crashes.
  FaultyFile(std::filesystem::path path, Random& random, Forces forces);
  ~FaultyFile() override;
  FaultyFile(const FaultyFile&) = delete;
  FaultyFile& operator=(const FaultyFile&) = delete;

  /// The process ends in the transaction that comes next: at a drawn call the power goes, a force fails or the disk is
  /// full, before the write that decides if it is to be lost, and not before it if it is to arrive.
  void end_in_next(WriteEnd end);
  /// Whether a call failed since the last crash.
  bool struck() const { return struck_; }
  /// What was not forced may be lost. The file is not open any more.
  void crash();

  ssize_t write(int descriptor, off_t at, std::size_t size, const Call& call) override;
  ssize_t truncate(int descriptor, off_t size, const Call& call) override;
  ssize_t force(int descriptor, const Call& call) override;

 private:
  enum class Fault : std::uint8_t { power_goes, force_fails, disk_full };
  static constexpr std::uint64_t faults = 3;
  struct Ending {
    bool arrives;
    Fault fault;
    std::uint64_t calls;  // that go well; of what arrives, those after the one that decides
    bool decided = false;
    /// Whether this call is the one.
    bool due() {
      if (calls == 0) return true;
      --calls;
      return false;
    }
  };

  unforced::UnforcedFile& file(int descriptor);
  void forced(std::size_t writes);
  ssize_t strike(int error);

  const std::filesystem::path path_;
  Random& random_;
  const Forces forces_;
  std::optional<unforced::UnforcedFile> file_;  // once it was written to in this life
  std::optional<Ending> ending_;
  bool power_off_ = false;
  bool struck_ = false;
};

}  // namespace quorate::simulation
