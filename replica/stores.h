// The two stores of one replica: made once by init, checked and opened at each start.
//
// Only init makes a log that may vote. One that is missing or damaged when a replica starts is begun anew, mute: who
// forgot what it voted for votes again when that cannot contradict it any more (README.md, "Rejoin").
#pragma once

#include <memory>

#include "messages/cluster_file.h"
#include "replica/options.h"
#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"

namespace quorate {

struct Stores {
  std::unique_ptr<LogStore> log;
  std::unique_ptr<StateStore> state;
};

/// Creates both, empty, at the birth of the cluster. Errors: one is there already.
Result<void> init_stores(const Options& options, const Digest& cluster_id);
/// Opens both. What is missing or damaged is begun anew, and what was there of it set aside (log.damaged,
/// state.damaged). Errors: as LogStore::open and StateStore::open.
Result<Stores> open_stores(const Options& options, const Digest& cluster_id);

}  // namespace quorate
