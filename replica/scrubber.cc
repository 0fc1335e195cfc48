#include "replica/scrubber.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>

#include "replica/exit_status.h"
#include "replica/log_output.h"

namespace quorate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t step_bytes = std::size_t{128} << 10;
constexpr int rest_factor = 99;  // of the time that a step took
constexpr auto rest_min = std::chrono::milliseconds(10);

[[noreturn]] void end_after_damage(const Error& error) {
  log_last_words("damage was found while the replica ran, it stops: " + error.message);
  std::_Exit(static_cast<int>(ExitStatus::store));
}

}  // namespace

Scrubber::Scrubber(const LogStore& log, const StateStore& state, std::chrono::seconds rest)
    : log_(log), state_(state), rest_(rest), thread_([this] { work(); }) {}

Scrubber::~Scrubber() {
  {
    const std::lock_guard guard(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Scrubber::work() {
  const auto log = log_.scrub();
  const auto state = state_.scrub();
  while (wait(rest_) && pass(*log, "log") && pass(*state, "state")) {
  }
}

bool Scrubber::pass(StoreScrub& scrub, const char* store) {
  const auto begun = Clock::now();
  for (;;) {
    const auto before = Clock::now();
    const auto progress = scrub.step(step_bytes);
    if (!progress) end_after_damage(progress.error());
    const auto now = Clock::now();
    if (progress->ended) {
      spdlog::info("the {} was read all through and is sound: {} records, {} MB, {} s", store, progress->records,
                   progress->bytes / 1'000'000, std::chrono::duration_cast<std::chrono::seconds>(now - begun).count());
      return true;
    }
    if (!wait(std::max<Clock::duration>(rest_factor * (now - before), rest_min))) return false;
  }
}

bool Scrubber::wait(Clock::duration time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return ends_; });
}

}  // namespace quorate
