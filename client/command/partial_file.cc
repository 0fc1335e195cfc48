#include "client/command/partial_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace quorate::command {
namespace {

/// True when all that was written to it is on disk.
bool force(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool forced = ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  errno = error;
  return forced;
}

}  // namespace

PartialFile::PartialFile(const std::filesystem::path& name)
    : name_(name), partial_(name.string() + ".partial"), stream_(partial_, std::ios::binary | std::ios::trunc) {}

Result<std::unique_ptr<PartialFile>> PartialFile::open(const std::filesystem::path& name) {
  std::error_code ignored;
  if (std::filesystem::exists(name, ignored) && !std::filesystem::is_regular_file(name, ignored)) {
    return failure(name.string() + " is no file that can be replaced; '-' writes to standard output");
  }
  errno = 0;
  std::unique_ptr<PartialFile> file(new PartialFile(name));
  if (!file->stream_) {
    file->committed_ = true;  // nothing of ours is there to remove
    return tl::unexpected(file->wrong("cannot be made").error());
  }
  return file;
}

PartialFile::~PartialFile() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove(partial_, ignored);
}

Result<void> PartialFile::commit() {
  errno = 0;
  stream_.close();
  if (!stream_ || !force(partial_)) return wrong("cannot be written");
  if (std::rename(partial_.c_str(), name_.c_str()) != 0) return wrong("cannot be renamed");
  committed_ = true;
  const auto directory = std::filesystem::absolute(name_).parent_path();
  if (!force(directory)) return failure(directory.string() + " cannot be forced to disk: " + std::strerror(errno));
  return {};
}

Result<void> PartialFile::wrong(const char* what) const {
  return failure(partial_.string() + " " + what + ": " + (errno != 0 ? std::strerror(errno) : "write error"));
}

}  // namespace quorate::command
