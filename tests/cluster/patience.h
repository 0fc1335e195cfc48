// How clients of the test loads wait: longer than any fault lasts, and asking again soon.
#pragma once

#include <chrono>

#include "client/client.h"

namespace quorate::cluster_tests {

inline ClientLimits patient_limits() {
  ClientLimits limits;
  limits.deadline = std::chrono::minutes(2);
  limits.core.retry_first_us = 200'000;
  limits.core.retry_max_us = 1'000'000;
  return limits;
}

}  // namespace quorate::cluster_tests
