// Lines of a file or of standard input, which can be asked for without waiting: who reads answers before it writes the
// next line must not be waited for.
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
  /// The next line without its end; the last one may have none. `later` only if `wait` is false. What cannot be read
  /// any more has ended.
  Next next(std::string& line, bool wait);

 private:
  explicit LineReader(std::shared_ptr<const int> file) : file_(std::move(file)) {}

  std::shared_ptr<const int> file_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not handed out
  std::size_t searched_ = 0;
  bool ended_ = false;
};

}  // namespace quorate::command
