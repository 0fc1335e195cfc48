// Where an import stands, in a file of its own, so that it goes on after `kill -9`.
//
// Lines are allotted timestamps in chunks, durably before one of them is sent: sent again in a later life a line has
// the same t and is executed once. A line counts as acknowledged when this file says so, and is not sent again then.
//
// The file is text: the line "quorate-import-1 CLIENT", and "chunk LINE COUNT T" or "done FIRST LAST". A line that was
// cut off at the end does not count.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/error.h"
#include "messages/types.h"

namespace quorate::command {

class ImportJournal {
 public:
  /// An absent file is an import that has not begun. Errors: unreadable, damaged.
  static Result<ImportJournal> open(const std::filesystem::path& path);
  ImportJournal(ImportJournal&& other) noexcept;
  ImportJournal& operator=(ImportJournal&&) = delete;
  ~ImportJournal();

  /// Whose timestamps they are; nothing before `begin`.
  std::optional<ClientId> client() const { return client_; }
  Result<void> begin(ClientId client);
  /// Lines first … first + count − 1 have the timestamps from t on.
  Result<void> allot(std::uint64_t first, std::uint64_t count, Timestamp t);
  std::optional<Timestamp> timestamp_of(std::uint64_t line) const;

  /// Noted in memory; `write` puts it into the file.
  void acknowledged(std::uint64_t line);
  Result<void> write();
  bool is_done(std::uint64_t line) const { return line < done_.size() && done_[line]; }
  std::uint64_t done_count() const { return done_count_; }

  /// The import is complete.
  Result<void> remove();

 private:
  struct Chunk {
    std::uint64_t count = 0;
    Timestamp t;
  };

  explicit ImportJournal(std::filesystem::path path) : path_(std::move(path)) {}
  bool read_line(const std::string& line);
  Result<void> append(const std::string& text, bool forced);
  void mark(std::uint64_t line);

  std::filesystem::path path_;
  int file_ = -1;
  std::optional<ClientId> client_;
  std::map<std::uint64_t, Chunk> chunks_;  // by first line
  std::vector<bool> done_;
  std::uint64_t done_count_ = 0;
  std::vector<std::uint64_t> fresh_;  // acknowledged, not written yet
};

}  // namespace quorate::command
