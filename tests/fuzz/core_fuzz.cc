// A core among peers of which one lies under good signatures: core_under_fire.h says what must hold after each step.
#include "tests/fuzz/core_under_fire.h"
#include "tests/fuzz/reasons.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quorate::fuzzing;
  static Reasons reasons(quorate::Reject::wrong_view);  // the core's own
  Reached reached;
  CoreUnderFire().run({data, size}, reached);
  reasons.meet(reached.rejects);
  return 0;
}
