// Replicas that lie, for who wants to see a cluster bear them. None of it is in the product: quorate-traitor, a program
// of the tests, knows the traitors; here is only who runs it.
#pragma once

#include <string>
#include <vector>

#include "client/command/local_cluster.h"

namespace quorate::command {

/// The replicas that `postings` (REPLICA=TRAITOR…, with commas) names; may be empty. Errors: one that is not started by
/// this command, or runs already; no quorate-traitor.
Result<std::vector<ReplicaId>> traitors_here(const LocalCluster& cluster, const std::string& postings);

}  // namespace quorate::command
