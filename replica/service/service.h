// The replicated state: key-value data, client windows, agreed time and the ledger head, advanced one slot at a time.
//
// Pure and deterministic: every replica that executes the same slots holds the same bytes and gives the same leaves.
// Everything lives in one OrderedMap under one-byte prefixes (README.md, "State layout"); windows, REJOINs, time and
// head are kept in memory and written to the map by `write_checkpoint`, so that a map saved at n = mK is the whole
// state at n.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "messages/genesis.h"
#include "messages/messages.h"
#include "replica/core/core.h"
#include "replica/service/client_windows.h"
#include "replica/service/ledger.h"
#include "replica/service/ordered_map.h"
#include "replica/service/rejoins.h"

namespace quorate {

/// What the execution of one slot brought.
struct ExecutedBatch {
  SequenceNumber n;
  std::vector<Leaf> leaves;                   // first executions only, in index order
  std::vector<ExecutedOperation> duplicates;  // executed before: answer from the window
  std::vector<Refusal> refusals;              // unsigned; too_old or too_far
  std::vector<RejoinMark> rejoins;            // of replicas whose REJOIN was executed
  WallTime agreed_time;
  Block block;  // its digest is the ledger head after this slot
};

class Service {
 public:
  /// Loads windows, REJOINs, time and head from the map (an empty map is the state at n = 0). Requires a map that only
  /// this class wrote, which outlives it; the storage layer has checked its records.
  Service(const Genesis& genesis, OrderedMap& map);

  /// Executes the next slot; `batch` is null for the null batch. Requires n = last_executed() + 1.
  ExecutedBatch execute(SequenceNumber n, const Digest& digest, const Batch* batch);
  /// Writes windows, REJOINs, time, head and n into the map, so that it can be saved as the state at last_executed().
  void write_checkpoint();
  /// Takes over what the map holds now: another state was installed.
  void reload();

  /// The stored leaf of an executed operation still in its client's window.
  std::optional<Leaf> stored(ClientId client, Timestamp timestamp) const;
  /// The client's low mark: at or below it nothing will ever run (again).
  Timestamp low_mark(ClientId client) const;
  /// The newest executed timestamp of a client; its low mark if the window is empty.
  Timestamp newest(ClientId client) const;
  std::vector<ClientMark> client_marks() const;
  const std::vector<RejoinMark>& rejoin_marks() const { return rejoins_.marks(); }
  SequenceNumber last_executed() const;
  Digest ledger_head() const;
  WallTime agreed_time() const;

 private:
  void execute_one(ExecutedBatch& out, std::uint32_t index, ClientId client, Timestamp timestamp, ByteView operation);

  const Genesis genesis_;
  OrderedMap* map_;
  ClientWindows windows_;
  Rejoins rejoins_;
  Ledger ledger_;
};

}  // namespace quorate
