// What is in the two stores of a replica that does not run, and whether it is in order: quorate-replica --check.
//
// Every record is read and its checksum compared; the tree over the state is computed anew and compared with the root
// that stands beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "crypto/digest.h"
#include "messages/types.h"
#include "replica/options.h"

namespace quorate {

struct LogContents {
  SequenceNumber stable_checkpoint;
  SequenceNumber last_committed;  // the highest slot whose batch and mark are there; 0: none
  View view;                      // of the newest NEW-VIEW or VIEW-CHANGE
};
struct StateContents {
  SequenceNumber slot;
  bool whole = true;  // false: it is being fetched from the others, which goes on at the next start
  std::uint64_t entries = 0;
  Digest root;
};

template <typename Contents>
struct CheckedStore {
  std::filesystem::path directory;
  std::uint64_t bytes = 0;     // of its file
  std::optional<Error> error;  // why it is not in order
  std::optional<Contents> contents;
};

struct StoreReport {
  ReplicaId replica;
  CheckedStore<LogContents> log;
  CheckedStore<StateContents> state;
  bool in_order() const { return !log.error && !state.error; }
};

/// Looks at both, also when one is damaged.
StoreReport check_stores(const Options& options, const Digest& cluster_id);
/// A line for each store.
std::string to_text(const StoreReport& report);
/// {"replica", "in_order", "log": {"directory", "bytes", "error", "stable_checkpoint", "last_committed", "view"},
/// "state":
/// {"directory", "bytes", "error", "slot", "whole", "entries", "root"}}: either "error" or what follows it.
std::string to_json(const StoreReport& report);

}  // namespace quorate
