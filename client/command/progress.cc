#include "client/command/progress.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <sstream>

namespace quorate::command {
namespace {

constexpr std::chrono::milliseconds redraw{200};
constexpr std::size_t bar_columns = 30;

}  // namespace

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), terminal_(::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_) std::cerr << '\n';
}

void Progress::show(std::uint64_t count, std::uint64_t done) {
  const auto now = Clock::now();
  if (!terminal_ || (now < next_ && done != total_)) return;
  next_ = now + redraw;
  shown_ = true;
  const double seconds = std::max(0.001, std::chrono::duration<double>(now - begun_).count());
  std::ostringstream line;
  if (total_ != 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(bar_columns));
    line << '[' << std::string(filled, '#') << std::string(bar_columns - filled, ' ') << "] "
         << static_cast<int>(share * 100) << "%  ";
  }
  line << count << ' ' << what_ << ", " << static_cast<std::uint64_t>(static_cast<double>(count) / seconds) << "/s";
  std::cerr << '\r' << line.str() << "   " << std::flush;
}

}  // namespace quorate::command
