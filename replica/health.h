// What is wrong with this replica, in words: told to whoever asks, and logged when it begins and when it is over.
//
// Not here: how trouble is noticed. The driver looks at its parts (Driver::troubles) whenever it is asked.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replica/core/core.h"

namespace quorate {

struct Trouble {
  std::string kind;  // "low disk": the same as long as it lasts
  std::string text;  // as it is now
};

class Health {
 public:
  using Find = std::function<std::vector<Trouble>()>;

  Health(asio::io_context& main, Find find);
  /// Begins to look each second.
  void start();
  void stop();

  /// "ok", or everything that is wrong.
  std::string text() const;

 private:
  void look_later();
  void log_changes();

  asio::steady_timer timer_;
  Find find_;
  std::set<std::string> known_;  // kinds that were logged and last
};

/// Nothing while the file system of each directory has at least this much room. A directory that cannot be looked at is
/// left to whoever writes there.
std::optional<Trouble> low_disk(const std::vector<std::filesystem::path>& directories, std::uint64_t bytes_min);

/// Requires a mute replica.
Trouble mute_trouble(const CoreStatus& status);

/// The clock that proposals were judged by: it orders nothing, but a primary whose clock is wrong is not followed.
Trouble clock_trouble(const ClockSkew& skew);

}  // namespace quorate
