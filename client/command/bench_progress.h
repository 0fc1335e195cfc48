// One line each second on a terminal's standard error while bench runs; silent elsewhere.
#pragma once

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>

namespace quorate::command {

class BenchProgress {
 public:
  /// `line` says how things are, given the operations per second since it was asked last. `count` counts operations.
  BenchProgress(asio::io_context& context, std::function<std::uint64_t()> count,
                std::function<std::string(std::uint64_t)> line);
  /// Ends the line.
  ~BenchProgress();
  BenchProgress(const BenchProgress&) = delete;
  BenchProgress& operator=(const BenchProgress&) = delete;

 private:
  void next();

  asio::steady_timer timer_;
  std::function<std::uint64_t()> count_;
  std::function<std::string(std::uint64_t)> line_;
  std::uint64_t counted_ = 0;
  bool shown_ = false;
};

}  // namespace quorate::command
