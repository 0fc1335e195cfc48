#include "client/command/bench_progress.h"

#include <unistd.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <iostream>
#include <utility>

namespace quorate::command {

BenchProgress::BenchProgress(asio::io_context& context, std::function<std::uint64_t()> count,
                             std::function<std::string(std::uint64_t)> line)
    : timer_(context), count_(std::move(count)), line_(std::move(line)) {
  if (::isatty(STDERR_FILENO) == 0) return;
  timer_.expires_after(std::chrono::seconds(1));
  next();
}

BenchProgress::~BenchProgress() {
  if (shown_) std::cerr << '\n';
}

void BenchProgress::next() {
  timer_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled) return;
    const std::uint64_t now = count_();
    std::cerr << '\r' << line_(now - std::exchange(counted_, now)) << "   " << std::flush;
    shown_ = true;
    timer_.expires_at(timer_.expiry() + std::chrono::seconds(1));
    next();
  });
}

}  // namespace quorate::command
