// What stands in a file or on standard input: lines, which can be asked for without waiting, or all of it. Who reads
// answers before it writes the next line must not be waited for. Half a file is never taken for a whole one.
#pragma once

#include <memory>
#include <string>

#include "crypto/error.h"

namespace quorate::command {

class LineReader {
 public:
  /// "-" is standard input. Errors: cannot be opened.
  static Result<LineReader> open(const std::string& file);

  enum class Next { line, later, end };
  /// The next line without its end; the last one may have none. `later` only if `wait` is false. At the end `failure`
  /// tells whether it is that of the file.
  Next next(std::string& line, bool wait);
  /// Why reading ended before the file did; empty if it did not.
  const std::string& failure() const { return failure_; }

 private:
  LineReader(std::string name, std::shared_ptr<const int> file) : name_(std::move(name)), file_(std::move(file)) {}
  void read_more();

  friend Result<std::string> read_whole(const std::string& file);

  std::string name_;
  std::shared_ptr<const int> file_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not handed out
  std::size_t searched_ = 0;
  bool ended_ = false;
  std::string failure_;
};

/// The whole of a file, or of standard input if it is "-". Errors: it cannot be opened, or not be read to its end.
Result<std::string> read_whole(const std::string& file);

}  // namespace quorate::command
