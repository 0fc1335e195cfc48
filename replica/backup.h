// Backup and restore of one replica's stores: --backup, --restore and --position.
//
// A backup is a directory: log/, state/, cluster.toml and, written last, backup.json. Its log holds only what carries
// its own proof: the newest stable checkpoint and the committed batches beyond the state. So a restore carries over
// nobody's votes. README.md, "Backup". Not here: that all replicas go back together (`quorate cluster restore`).
#pragma once

#include "crypto/signature.h"
#include "messages/cluster_file.h"
#include "replica/options.h"

namespace quorate {

/// Copies the stores to options.copy, whether the replica runs or not. Errors: something is there, a store is missing
/// or damaged, the replica is behind what its cluster agreed on, no room.
Result<void> back_up(const Options& options, const ClusterFile& cluster);
/// Makes this replica's stores from the backup options.copy, signing as it only that it has the state. Errors: stores
/// are there already, no whole backup, another cluster's, damage.
Result<void> restore_stores(const Options& options, const ClusterFile& cluster, const Signer& signer);
/// The last slot that the stores hold.
Result<SequenceNumber> position(const Options& options, const ClusterFile& cluster);

}  // namespace quorate
