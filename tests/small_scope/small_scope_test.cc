// Small scopes, gone through over the real core. The long case goes through more than a million states of the whole.
#include <doctest/doctest.h>

#include <iostream>

#include "tests/small_scope/search.h"

namespace quorate::small_scope {
namespace {

void report(const char* name, const Found& found) {
  std::cout << name << ": " << found.states << " states, " << found.replica_states << " of one replica, "
            << found.decided << " in which all have decided, " << found.second_views << " in view 1"
            << (found.complete ? ", nothing left to try" : "") << '\n';
}

void holds(const char* name, const Scope& scope) {
  const Found found = explore(scope);
  report(name, found);
  CHECK_MESSAGE(!found.broken, found.broken.value_or(""));
  CHECK((found.complete || found.states >= scope.states_max));
  CHECK(found.decided != 0);
  if (scope.timeouts) CHECK(found.second_views != 0);
}

}  // namespace

TEST_CASE("one slot, two views, each replica a traitor in turn") {
  holds("the first primary lies", {{0}, 1, true, 50'000});
  holds("the second primary lies", {{1}, 1, true, 50'000});
  holds("a backup lies", {{2}, 1, true, 50'000});
}

TEST_CASE("control: two traitors of four break agreement") {
  const Found found = explore({{0, 1}, 1, true, 1'000'000});
  report("two lie", found);
  CHECK(found.broken.has_value());
}

TEST_CASE("long: more than a million states" * doctest::skip()) {
  holds("one slot, one view, the primary lies", {{0}, 1, false, 1'000'000});
  holds("one slot, two views, the first primary lies", {{0}, 1, true, 1'500'000});
  holds("one slot, two views, the second primary lies", {{1}, 1, true, 1'000'000});
  holds("two slots, two views, a backup lies", {{3}, 2, true, 1'000'000});
  holds("two slots, two views, the first primary lies", {{0}, 2, true, 1'000'000});
}

}  // namespace quorate::small_scope
