// The list of all invariants: a new one is added here.
#include "tests/simulation/invariants/at_most_once.h"
#include "tests/simulation/invariants/certificates.h"
#include "tests/simulation/invariants/decided_is_durable.h"
#include "tests/simulation/invariants/durable_before_sent.h"
#include "tests/simulation/invariants/equal_roots.h"
#include "tests/simulation/invariants/in_order.h"
#include "tests/simulation/invariants/mute_is_silent.h"
#include "tests/simulation/invariants/no_contradiction.h"
#include "tests/simulation/invariants/one_digest_for_each_slot.h"
#include "tests/simulation/invariants/only_what_was_issued.h"
#include "tests/simulation/invariants/survives_views.h"
#include "tests/simulation/invariants/watermarks.h"

namespace quorate::simulation {

std::vector<std::unique_ptr<Observer>> all_invariants(const WholeCluster& all) {
  std::vector<std::unique_ptr<Observer>> invariants;
  invariants.push_back(std::make_unique<OneDigestForEachSlot>());
  invariants.push_back(std::make_unique<OnlyWhatWasIssued>());
  invariants.push_back(std::make_unique<InOrder>());
  invariants.push_back(std::make_unique<AtMostOnce>());
  invariants.push_back(std::make_unique<DecidedIsDurable>(all));
  invariants.push_back(std::make_unique<Certificates>(all));
  invariants.push_back(std::make_unique<NoContradiction>(all));
  invariants.push_back(std::make_unique<MuteIsSilent>(all));
  invariants.push_back(std::make_unique<DurableBeforeSent>(all));
  invariants.push_back(std::make_unique<EqualRoots>());
  invariants.push_back(std::make_unique<SurvivesViews>());
  invariants.push_back(std::make_unique<Watermarks>(all));
  return invariants;
}

}  // namespace quorate::simulation
