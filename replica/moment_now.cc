#include "replica/moment_now.h"

#include <chrono>

namespace quorate {

Moment moment_now() {
  const auto microseconds = [](auto since_epoch) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count());
  };
  return {SteadyTime(microseconds(std::chrono::steady_clock::now().time_since_epoch())),
          WallTime(microseconds(std::chrono::system_clock::now().time_since_epoch()))};
}

}  // namespace quorate
