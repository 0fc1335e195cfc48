// Virtual time: what happens next, in the order of time and then of planning.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace quorate::simulation {

class Events {
 public:
  using Action = std::function<void()>;

  std::uint64_t now_us() const { return now_us_; }
  std::uint64_t happened() const { return happened_; }
  bool empty() const { return heap_.empty(); }

  void after(std::uint64_t delay_us, Action action) {
    heap_.push_back({now_us_ + delay_us, planned_++, std::move(action)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  /// Moves time to the next event and runs it.
  void run_next() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Event event = std::move(heap_.back());
    heap_.pop_back();
    now_us_ = event.at_us;
    ++happened_;
    event.action();
  }

 private:
  struct Event {
    std::uint64_t at_us;
    std::uint64_t order;
    Action action;
  };
  static bool later(const Event& a, const Event& b) {
    return a.at_us != b.at_us ? a.at_us > b.at_us : a.order > b.order;
  }

  std::vector<Event> heap_;
  std::uint64_t now_us_ = 0;
  std::uint64_t planned_ = 0;
  std::uint64_t happened_ = 0;
};

}  // namespace quorate::simulation
