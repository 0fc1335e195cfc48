// One replica as a process: the production core and service on a virtual disk, driven as replica/driver.cc drives
// them.
//
// Inputs that arrive close together are stepped in one turn; records are forced in order and by their own clock;
// a send leaves when its record is durable; execution lags behind. A crash forgets everything but the disk.
#pragma once

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "messages/sign.h"
#include "messages/verify.h"
#include "replica/core/core.h"
#include "replica/service/block_fetching.h"
#include "replica/service/service.h"
#include "replica/service/state_serving.h"
#include "replica/service/state_transfer.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/network.h"
#include "tests/simulation/tracked_map.h"
#include "tests/simulation/world.h"
#include "tests/traitors/band.h"

namespace quorate::simulation {

class Host {
 public:
  Host(World& world, Network& network, ReplicaId self);
  /// Before the first start: its disk is these stores too.
  void stand_on(std::unique_ptr<DiskStores> stores) { disk_.stand_on(std::move(stores)); }

  void start();
  void crash();
  /// What is under way does not arrive.
  void crash_at_once();
  bool up() const { return process_ != nullptr; }
  /// Counts starts and crashes.
  std::uint64_t life() const { return life_; }
  /// Only of a replica that is down.
  void lose_state() {
    disk_.lose_state();
    state_lost_ = true;
  }
  /// Its state was lost, and what its log has dropped is not there again. Only of a replica that is up.
  bool misses_state() const { return state_lost_ && (!disk_.whole() || disk_.state().n < status().low_watermark); }
  void lose_disk();
  bool has_snapshot() const { return disk_.has_snapshot(); }
  void take_snapshot() { disk_.take_snapshot(); }
  void roll_disk_back();
  /// Its disk was lost or rolled back, and it does not vote again yet, or may not know of it.
  bool damaged() const { return damage_ != Damage::none; }
  void receive(Node from, const Message& message);
  /// A connection to this peer was made.
  void connected(ReplicaId peer);
  void disconnected(ReplicaId peer);
  void end_faults() { calm_ = true; }
  /// From now on these traitors stand between the core and the network, and no invariant looks here.
  void turn_traitor(std::unique_ptr<traitors::Band> band) { band_ = std::move(band); }
  bool loyal() const { return band_ == nullptr; }
  /// Adds the reasons for which this life has refused messages to the run's marks; once, at its end.
  void note_refusals() const;
  /// Of a host that is not loyal.
  traitors::Band& band() { return *band_; }

  // A script's hands:

  /// Asked before each force with the records that are about to become durable; false: the disk waits.
  using MayForce = std::function<bool(const std::deque<NumberedRecord>&)>;
  void hold_forces(MayForce may_force) { may_force_ = std::move(may_force); }
  void release_forces() {
    may_force_ = nullptr;
    begin_force();
  }
  /// While held, no state becomes durable.
  void hold_commits(bool hold) {
    commits_held_ = hold;
    if (!hold && up()) begin_commit();
  }
  void set_skew(std::int64_t skew_us) { skew_us_ = skew_us; }

  ReplicaId id() const { return self_; }
  const Disk& disk() const { return disk_; }
  // Of a host that is up:
  CoreStatus status() const { return process_->core.status(); }
  const Service& service() const { return process_->service; }
  const MemoryMap& map() const { return process_->map.entries(); }
  const std::map<SequenceNumber, Block>& blocks() const { return process_->map.blocks(); }

 private:
  struct Waiting {
    Destination to;
    MessagePtr message;
    RecordNumber waits_for;
  };
  struct Process {
    Process(World& world, ReplicaId self, Disk& disk, const MessageSigner& signer, Moment now);
    TrackedMap map;
    Service service;
    Core core;
    Verifier verifier;
    StateServing serving;
    StateTransfer transfer;
    BlockFetching blocks;
    std::optional<SequenceNumber> transfer_wanted;  // as soon as no commit is under way
    std::deque<std::pair<Node, Message>> inbox;
    std::vector<std::deque<Waiting>> sends;  // by destination replica; each keeps its order
    std::deque<Execute> slots;
    RecordNumber durable;
    bool turn_planned = false;
    bool executing = false;
    bool committing = false;
    bool transfer_tick_planned = false;
    bool block_tick_planned = false;
    std::uint64_t wake_up_at = 0;  // 0: no tick is planned
  };

  enum class Damage : std::uint8_t {
    none,
    unnoticed,  // rolled back: over when it has noticed and speaks again, or when nothing of before matters any more
    mute,       // over when it speaks again
  };
  void look_at_damage();

  Moment now() const;
  /// Invariants are of the loyal.
  template <typename Hook, typename... Arguments>
  void observe(Hook hook, const Arguments&... arguments) {
    if (loyal()) world_.observe(hook, arguments...);
  }
  void end_process();
  /// Runs `action` later unless the process has ended by then.
  void later(std::uint64_t delay_us, std::function<void()> action);
  void plan_turn();
  void turn();
  bool wants(const Message& message) const;
  void take(Node from, const Message& message);
  void take_output();
  void note(const NumberedRecord& record);
  void queue(const Send& send);
  void release(ReplicaId to);
  void leave(Node to, const MessagePtr& message);
  void begin_force();
  void end_force();
  void plan_execution();
  void execute_next();
  void begin_commit();
  void plan_tick(SteadyTime wake_up);
  // host_traitor.cc:
  Channel channel_of(Node node) const;
  void plan_idle();
  void let_out(const std::vector<traitors::Parcel>& parcels, const MessagePtr& genuine);
  void take_band_output();
  void note_issued(const Message& message);
  // host_answers.cc:
  void reply(const ExecutedBatch& batch);
  void reply_stored(ClientId client, Timestamp first, Timestamp last);
  void refuse(Refusal refusal);
  void answer(const MarkQuery& query);
  // host_transfer.cc:
  /// Messages of state transfer, which are not the core's. False: it is none.
  bool exchange_state(ReplicaId from, const Message& message);
  void offer(const StateServing::Offers& offers);
  void begin_transfer();
  void take_transfer_output();
  // host_ledger.cc:
  bool exchange_blocks(ReplicaId from, const Message& message);
  void look_for_blocks();
  void ask_for_blocks();

  World& world_;
  Network& network_;
  ReplicaId self_;
  MessageSigner signer_;
  Disk disk_;
  std::int64_t skew_us_;
  std::uint64_t life_ = 0;
  bool calm_ = false;
  bool commits_held_ = false;
  Damage damage_ = Damage::none;
  bool state_lost_ = false;       // once
  SequenceNumber harmless_from_;  // of an unnoticed damage: with h here and in this view nothing that was forgotten
  View harmless_in_;              // can be contradicted
  MayForce may_force_;
  std::unique_ptr<traitors::Band> band_;  // null: loyal
  std::unique_ptr<Process> process_;
};

}  // namespace quorate::simulation
