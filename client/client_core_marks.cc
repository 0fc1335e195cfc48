#include "client/client_core_marks.h"

#include <algorithm>
#include <functional>

namespace quorate {
namespace {

// Far above what a client reaches by counting, far below where t + W overflows. Only more than f liars get here.
constexpr Timestamp mark_max(std::uint64_t{1} << 63);

}  // namespace

MarkCollector::MarkCollector(const Genesis& genesis) : quorums_(genesis.quorums()) {}

std::optional<Timestamp> MarkCollector::add(const MarkAnswer& answer) {
  if (answered_.contains(answer.replica)) return std::nullopt;
  answered_.insert(answer.replica);
  newest_.push_back(answer.newest);
  if (answered_.size() < quorums_.quorum()) return std::nullopt;
  std::sort(newest_.begin(), newest_.end(), std::greater<>());
  return std::min(newest_[quorums_.weak_quorum() - 1], mark_max);
}

}  // namespace quorate
