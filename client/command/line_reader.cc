#include "client/command/line_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace quorate::command {

Result<LineReader> LineReader::open(const std::string& file) {
  const int descriptor = file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return quorate::failure(file + " cannot be read: " + std::strerror(errno));
  return LineReader(file, std::shared_ptr<const int>(new int(descriptor), [](const int* owned) {
                      if (*owned != STDIN_FILENO) ::close(*owned);
                      delete owned;
                    }));
}

LineReader::Next LineReader::next(std::string& line, bool wait) {
  for (;;) {
    const auto end = buffer_.find('\n', searched_);
    if (end != std::string::npos) {
      line.assign(buffer_, begin_, end - begin_);
      begin_ = searched_ = end + 1;
      return Next::line;
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    searched_ = buffer_.size();
    if (ended_) {
      if (buffer_.empty() || !failure_.empty()) return Next::end;
      line = std::exchange(buffer_, {});
      searched_ = 0;
      return Next::line;
    }
    pollfd waiting{*file_, POLLIN, 0};
    if (!wait && ::poll(&waiting, 1, 0) == 0) return Next::later;
    read_more();
  }
}

void LineReader::read_more() {
  std::array<char, 64 * 1024> piece{};
  const auto count = ::read(*file_, piece.data(), piece.size());
  if (count > 0) buffer_.append(piece.data(), static_cast<std::size_t>(count));
  if (count < 0 && errno == EINTR) return;
  if (count < 0) failure_ = name_ + " cannot be read: " + std::strerror(errno);
  ended_ = count <= 0;
}

Result<std::string> read_whole(const std::string& file) {
  auto reader = LineReader::open(file);
  if (!reader) return tl::unexpected(reader.error());
  while (!reader->ended_) reader->read_more();
  if (!reader->failure_.empty()) return failure(reader->failure_);
  return std::move(reader->buffer_);
}

}  // namespace quorate::command
