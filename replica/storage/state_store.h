// The state in LMDB: an ordered map that moves on disk exactly from one multiple of K to the next.
//
// Writes go to an overlay in memory; `freeze` sets the overlay aside as checkpoint n, `commit` writes it in key order
// in one forced transaction (on another thread if the caller likes), `settle` drops it once it is durable. Reads look
// through the overlays into a snapshot of LMDB's newest commit. So ordering never waits for this disk, and what a
// restart finds is always the exact state of a checkpoint. Threads: everything is the owner's, but `commit`,
// `prepend` and `durable` may be called from another thread; a commit touches neither the live overlay nor the
// snapshot.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "crypto/error.h"
#include "messages/genesis.h"
#include "replica/service/ordered_map.h"
#include "replica/service/state_transfer.h"
#include "replica/service/state_view.h"
#include "replica/storage/block_records.h"

namespace quorate {

class LmdbEnvironment;
class StoreTransaction;
class StoreScrub;

struct StateStoreOptions {
  std::size_t map_bytes_max = std::size_t{64} << 30;    // LMDB's map size: an upper bound, not an allocation
  std::uint64_t blocks_max = std::uint64_t{256} << 10;  // of the ledger; the oldest beyond it are dropped
};

class StateStore final : public OrderedMap {
 public:
  static constexpr std::size_t key_bytes_max = 510;  // LMDB's bound is 511, our prefix takes one

  /// The writes of one checkpoint interval. Unchanged from the freeze until it is given back; may be used on another
  /// thread.
  class Overlay;
  struct Frozen {
    SequenceNumber n;
    std::shared_ptr<Overlay> overlay;
  };

  /// Told the root over a frozen state, before the state is durable.
  using OnRoot = std::function<void(const Digest&)>;
  /// Called between the pieces of a commit, which goes on when it returns.
  using Pause = std::function<void()>;

  /// Makes the state at 0; not `whole`: a store without a state, which a transfer will fill.
  static Result<void> init(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica,
                           bool whole = true);
  /// Errors: no store, another cluster's or replica's store, another disk version, damage.
  static Result<std::unique_ptr<StateStore>> open(const std::filesystem::path& directory, const Digest& cluster_id,
                                                  ReplicaId replica, const StateStoreOptions& options);
  /// The slot of the state that a transaction on such a store sees.
  static Result<SequenceNumber> durable_in(const LmdbEnvironment& environment, StoreTransaction& transaction);
  /// Creates a store for `replica` with what `from` sees of another one, forced, every checksum read. The slot comes
  /// last: an interrupted copy is no store. Errors: something is there already, damage, the disk is full.
  static Result<void> create_copy(const std::filesystem::path& directory, const Digest& cluster_id, ReplicaId replica,
                                  const LmdbEnvironment& environment, StoreTransaction& from);
  ~StateStore() override;

  std::optional<Bytes> get(ByteView key) const override;
  /// Requires key.size() ≤ key_bytes_max.
  void put(ByteView key, ByteView value) override;
  void erase(ByteView key) override;
  std::optional<std::pair<Bytes, Bytes>> lower_bound(ByteView from) const override;

  /// The slot whose state is durable.
  SequenceNumber durable() const;
  /// Sets all writes since the last freeze aside as the state at n.
  Frozen freeze(SequenceNumber n);
  /// Writes a frozen overlay with the tree over it and forces both. In the order of freezing, by one thread at a time.
  Result<void> commit(const Frozen& frozen, const OnRoot& on_root = nullptr, const Pause& pause = nullptr);
  /// How many entries a commit writes or erases.
  static std::size_t changes(const Frozen& frozen);
  /// After commit returned, on the owner's thread: reads move to the new snapshot, the overlay is dropped.
  void settle(const Frozen& frozen);
  /// Frees a settled overlay, piece by piece. For any thread.
  static void give_back(const Frozen& settled, const Pause& pause);

  // The ledger's blocks: one run without a gap, which ends at the newest slot that was appended.

  /// The next slot's block. It becomes durable with the state of its checkpoint.
  void append(const Block& block);
  /// Those that were appended and are not durable yet, ascending.
  std::vector<Block> newest_blocks() const;
  /// For any thread: the durable ones of first … first + count − 1, and which there are. Errors: damage.
  struct DurableBlocks {
    BlockRange range;
    std::vector<Block> blocks;
  };
  Result<DurableBlocks> read_blocks(SequenceNumber first, std::uint64_t count) const;
  /// Makes older blocks durable, on the committing thread, and none if they do not end where the durable ones begin.
  Result<void> prepend(std::span<const Block> blocks);
  std::uint64_t blocks_max() const;

  /// The root over the state that was durable at the start, or was adopted last.
  Digest root() const;
  /// False while a transfer fills the store: then it reads as empty.
  bool whole() const;
  /// The newest durable state as it is now, for any thread; null when there is none. Must not outlive the store.
  StateViewPtr view() const;
  /// Looks for damage while the store is in use. Must not outlive it.
  std::unique_ptr<StoreScrub> scrub() const;

  // A transfer: the owner suspends reads, the target is filled on the committing thread, the owner adopts it.

  /// From here on the store reads as empty. What was frozen and not committed is dropped: nothing may be under way.
  void suspend();
  std::unique_ptr<TransferStore> transfer_target();
  /// Reads see what the finished transfer wrote. Errors: damage.
  Result<void> adopt();

 private:
  class Environment;
  explicit StateStore(std::unique_ptr<Environment> environment);
  std::unique_ptr<Environment> environment_;
};

}  // namespace quorate
