// What was written to one file and not forced, with what stood there before: so that it can be taken back.
//
// Each 4096-byte page with such writes keeps its content by a coin, or else goes back write by write, a coin for each.
// Not here: writes through a map, lost directory entries, torn pages, a shrunk file that stays shrunk.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace quorate::unforced {

class UnforcedFile {
 public:
  /// The file behind this descriptor, which may be closed.
  explicit UnforcedFile(int descriptor);
  ~UnforcedFile();
  UnforcedFile(const UnforcedFile&) = delete;
  UnforcedFile& operator=(const UnforcedFile&) = delete;

  /// `size` bytes are about to be written at `at`.
  void remember(std::size_t at, std::size_t size);
  /// How many writes there were.
  std::size_t writes() const { return first_ + undo_.size(); }
  /// The first so many writes are on the disk.
  void forced(std::size_t writes);
  /// Leaves what a disk would hold after a loss of power. From the newest write back: a page that keeps one write keeps
  /// all that came before it.
  void take_back(const std::function<bool()>& coin);

 private:
  /// One write: what stood in its range before.
  struct Undo {
    std::size_t at;
    std::vector<char> old_bytes;  // shorter than `size` where the file ended
    std::size_t size;
  };

  void restore(const Undo& undo, std::size_t from, std::size_t to) const;

  int descriptor_;             // our own, readable and writable
  std::size_t first_ = 0;      // number of undo_[0]
  std::vector<Undo> undo_;     // oldest first
  std::size_t sure_size_ = 0;  // of the file when undo_ was last empty
};

std::size_t size_of(int descriptor);
/// Where a write begins; `at` is negative for the descriptor's own offset.
std::size_t start_of_write(int descriptor, off_t at);
/// Empty: it has none.
std::string path_of(int descriptor);
/// Whether each write on this descriptor is a force too.
bool forces_writes(int descriptor);

}  // namespace quorate::unforced
