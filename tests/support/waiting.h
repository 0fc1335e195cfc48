// Waiting for a condition on an io_context: no sleeps, and a deadline that only a broken program reaches.
#pragma once

#include <doctest/doctest.h>

#include <asio/io_context.hpp>
#include <chrono>

namespace quorate::testing {

template <typename Condition>
void run_until(asio::io_context& io, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    if (io.stopped()) io.restart();
    io.run_one_for(std::chrono::milliseconds(100));
  }
}

}  // namespace quorate::testing
