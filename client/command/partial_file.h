// A file that is there whole or not at all: written as NAME.partial, forced to disk, and renamed.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>

#include "crypto/error.h"

namespace quorate::command {

class PartialFile {
 public:
  /// Replaces what was left of another such file. Errors: NAME is something else than a file, or cannot be written.
  static Result<std::unique_ptr<PartialFile>> open(const std::filesystem::path& name);
  /// Removes what was written, unless it was committed.
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  std::ostream& stream() { return stream_; }
  /// Gives the file its name. Errors: something could not be written.
  Result<void> commit();

 private:
  explicit PartialFile(const std::filesystem::path& name);
  Result<void> wrong(const char* what) const;

  std::filesystem::path name_;
  std::filesystem::path partial_;
  std::ofstream stream_;
  bool committed_ = false;
};

}  // namespace quorate::command
