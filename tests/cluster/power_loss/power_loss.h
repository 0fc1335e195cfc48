// Runs the victim under the shim until its power goes, and tells what it had acknowledged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace quorate::testing {

struct PowerLoss {
  std::uint64_t seed = 1;
  std::uint64_t calls_max = 60;  // the power goes at a call drawn from [1, calls_max]; 0: never
  std::uint64_t call = 0;        // if not 0: at exactly this call instead
  std::uint64_t ms_max = 0;      // if not 0: at a moment drawn from [1, ms_max] after the start instead
  bool ignore_forces = false;    // as if nothing were ever forced: a test of the test
  std::uint64_t turns = 10'000;  // the victim stops by itself after so many
};

struct Outcome {
  bool power_went = false;         // false: the victim ended by itself
  std::uint64_t acknowledged = 0;  // the last turn; `first` − 1 if none
};

Outcome run_victim(const std::string& kind, const std::filesystem::path& directory, std::uint64_t first,
                   const PowerLoss& loss);

}  // namespace quorate::testing
