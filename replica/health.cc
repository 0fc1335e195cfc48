#include "replica/health.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace quorate {
namespace {

constexpr auto look_interval = std::chrono::seconds(1);

}  // namespace

Health::Health(asio::io_context& main, Find find) : timer_(main), find_(std::move(find)) {}

void Health::start() {
  log_changes();
  look_later();
}

void Health::stop() { timer_.cancel(); }

std::string Health::text() const {
  std::string all;
  for (const Trouble& trouble : find_()) all += (all.empty() ? "" : "; ") + trouble.text;
  return all.empty() ? "ok" : all;
}

void Health::look_later() {
  timer_.expires_after(look_interval);
  timer_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled) return;
    log_changes();
    look_later();
  });
}

void Health::log_changes() {
  std::set<std::string> lasting;
  for (const Trouble& trouble : find_()) {
    lasting.insert(trouble.kind);
    if (!known_.contains(trouble.kind)) spdlog::warn("{}: {}", trouble.kind, trouble.text);
  }
  for (const std::string& kind : known_) {
    if (!lasting.contains(kind)) spdlog::info("{}: it is over", kind);
  }
  known_ = std::move(lasting);
}

std::optional<Trouble> low_disk(const std::vector<std::filesystem::path>& directories, std::uint64_t bytes_min) {
  std::uint64_t left = bytes_min;
  for (const auto& directory : directories) {
    std::error_code unknown;
    const auto space = std::filesystem::space(directory, unknown);
    if (!unknown) left = std::min<std::uint64_t>(left, space.available);
  }
  if (left >= bytes_min) return std::nullopt;
  return Trouble{"low disk", "the disk of its stores has " + std::to_string(left / 1'000'000) +
                                 " MB left: free some, it stops when there is no room"};
}

Trouble mute_trouble(const CoreStatus& status) {
  const std::string why =
      "its log was lost or is an older copy, and it does not vote until the others let it in again: ";
  if (!status.mute->rejoin_executed) {
    const bool behind = status.transferring || status.last_executed < status.low_watermark;
    return {"mute", why + (behind ? "it fetches the state first" : "its REJOIN is on its way")};
  }
  return {"mute", why + "checkpoint " + std::to_string(status.mute->floor.value) + " must be stable here, " +
                      std::to_string(status.low_watermark.value) + " is"};
}

Trouble clock_trouble(const ClockSkew& skew) {
  const std::string seconds = std::to_string(skew.ahead_us / 1'000'000) + " s";
  if (skew.vouched) {
    return {"own clock", "its clock is " + seconds + " behind those of the others: set it right"};
  }
  return {"primary's clock", "the clock of replica " + std::to_string(skew.primary.value) + ", the primary, is " +
                                 seconds + " ahead of its own: set right the one that is wrong"};
}

}  // namespace quorate
