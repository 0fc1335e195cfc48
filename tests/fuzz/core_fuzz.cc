// A core among peers of which one lies under good signatures: core_under_fire.h says what must hold after each step.
#include "tests/fuzz/core_under_fire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quorate::fuzzing;
  Reached reached;
  CoreUnderFire().run({data, size}, reached);
  return 0;
}
