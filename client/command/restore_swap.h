// The second half of a restore: new stores, laid out and checked aside, take the place of the old ones in all replicas
// together.
//
// DIR/restore.new is where new stores are made. Its rename to DIR/restore.ready is the moment that decides: from then
// on every command that changes something first brings the exchange to its end, so a cluster never runs with some
// replicas gone back and others not. Old stores wait in DIR/restore.old until the last new one is in place.
#pragma once

#include "client/command/directory.h"
#include "messages/cluster_file.h"

namespace quorate::command {

/// Where new stores are made: replica-I/log and replica-I/state as beside a cluster file.
std::filesystem::path restore_place(const Directory& directory);
/// Decides: what is in restore_place is what the replicas shall have. Errors: cannot be renamed or forced to disk.
Result<void> decide_restore(const Directory& directory);
/// Brings a decided restore to its end; false when there is none. May be repeated.
Result<bool> finish_restore(const Directory& directory, const ClusterFile& cluster);

}  // namespace quorate::command
