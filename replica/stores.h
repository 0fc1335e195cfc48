// The two stores of one replica: made once by init, checked and opened at each start.
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

/// Creates both, empty. Errors: one is there already.
Result<void> init_stores(const Options& options, const Digest& cluster_id);
/// Opens both. A state that is missing or damaged is set aside and begun anew. Errors: as LogStore::open and
/// StateStore::open.
Result<Stores> open_stores(const Options& options, const Digest& cluster_id);

}  // namespace quorate
