// Reads both stores all through, again and again, beside everything else (replica/storage/store_scrub.h).
//
// Its thread rests a hundred times as long as it works, and between two passes for a while. What it finds ends the
// process with the cause: nothing may be voted or written on a store that is damaged, a wrong page in the middle of a
// tree can be mended by nobody, and the next start knows what to do (replica/README.md, section 5).
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"
#include "replica/storage/store_scrub.h"

namespace quorate {

class Scrubber {
 public:
  /// The stores must outlive this object. `rest`: from the end of a pass over both to the next.
  Scrubber(const LogStore& log, const StateStore& state, std::chrono::seconds rest);
  ~Scrubber();
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

 private:
  void work();
  /// False: it is time to end.
  bool pass(StoreScrub& scrub, const char* store);
  bool wait(std::chrono::steady_clock::duration time);

  const LogStore& log_;
  const StateStore& state_;
  std::chrono::seconds rest_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace quorate
