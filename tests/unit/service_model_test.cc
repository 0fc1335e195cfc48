// The service against a naive model, and against itself after crashes, over the map in memory and over LMDB.
//
// Random slots: bundles of random operations at timestamps around the edges of their windows. At any moment a
// checkpoint, or a crash: everything since the last checkpoint is lost and executed again, as a replay of the log would
// do. Every slot must bring what the model says, and the same block as in a service that never crashed.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <limits>
#include <memory>

#include "messages/limits.h"
#include "replica/storage/state_store.h"
#include "tests/support/key_value_model.h"
#include "tests/support/sample_messages.h"
#include "tests/support/service_rig.h"
#include "tests/support/temporary_directory.h"

using namespace quorate;
using namespace quorate::testing;
using namespace std::string_literals;

namespace {

constexpr std::uint64_t client_window = 4;
constexpr std::int64_t integer_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t integer_min = std::numeric_limits<std::int64_t>::min();

// Operations hold views, so what they speak of lives as long as the program.
const std::vector<std::string> keys = {"a", "ab", "b", "\0"s, "\xff", "k", "m", "w", std::string(400, 'z')};
const std::vector<std::string> values = {
    "", "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "01", "text\0"s, std::string(40'000, 'v')};
const std::vector<std::int64_t> integers = {0, 1, -1, 5, integer_max, integer_min, integer_max - 1, 1000};

/// Random choices out of a list of bytes, which shrinks well; 0 when the list is used up.
class Dice {
 public:
  explicit Dice(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  bool used_up() const { return at_ >= bytes_.size(); }
  std::size_t below(std::size_t bound) { return used_up() ? 0 : bytes_[at_++] % bound; }
  template <typename T>
  const T& one_of(const std::vector<T>& list) {
    return list[below(list.size())];
  }
  ByteView key() { return as_bytes(one_of(keys)); }
  ByteView value() { return as_bytes(one_of(values)); }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

/// Draws operations; looks into the model for versions that are worth asking for.
class Draw {
 public:
  Draw(Dice& dice, const KeyValueModel& model) : dice_(dice), model_(model) {}

  Operation operation() {
    if (dice_.below(3) == 0) return transaction();
    return std::visit([](const auto& one) { return Operation(one); }, simple());
  }

 private:
  SimpleOperation simple() {
    switch (dice_.below(7)) {
      default:
        return Put{dice_.key(), dice_.value()};
      case 1:
        return Get{dice_.key()};
      case 2:
        return Delete{dice_.key()};
      case 3: {
        const ByteView from = dice_.below(2) == 0 ? ByteView() : dice_.key();
        const ByteView to = dice_.below(2) == 0 ? ByteView() : dice_.key();
        return Scan{from, to, static_cast<std::uint32_t>(1 + dice_.below(8))};
      }
      case 4:
      case 5: {
        const ByteView key = dice_.key();
        return Add{key, dice_.one_of(integers)};
      }
    }
  }

  Condition condition() {
    const std::string& key = dice_.one_of(keys);
    switch (dice_.below(5)) {
      case 0:
        return IsAbsent{as_bytes(key)};
      case 1:
        return VersionEquals{as_bytes(key), model_.version_of(dice_.below(2) == 0 ? key : dice_.one_of(keys))};
      case 2:
        return ValueEquals{as_bytes(key), dice_.value()};
      case 3:
        return IntegerAtLeast{as_bytes(key), dice_.one_of(integers)};
      default:
        return Exists{as_bytes(key)};
    }
  }

  Transaction transaction() {
    Transaction out;
    for (std::size_t count = dice_.below(3); count > 0; --count) out.conditions.push_back(condition());
    for (std::size_t count = dice_.below(5); count > 0; --count) out.then.push_back(simple());
    for (std::size_t count = dice_.below(3); count > 0; --count) out.otherwise.push_back(simple());
    return out;
  }

  Dice& dice_;
  const KeyValueModel& model_;
};

/// A map that comes back after a crash as it was at the last checkpoint.
class Backing {
 public:
  virtual ~Backing() = default;
  virtual OrderedMap& map() = 0;
  virtual void checkpoint(SequenceNumber n) = 0;
  virtual void crash() = 0;
};

class MemoryBacking final : public Backing {
 public:
  OrderedMap& map() override { return live_; }
  void checkpoint(SequenceNumber) override { saved_ = live_; }
  void crash() override { live_ = saved_; }

 private:
  MemoryMap live_;
  MemoryMap saved_;
};

class StoreBacking final : public Backing {
 public:
  StoreBacking() {
    RC_ASSERT(StateStore::init(directory_.path() / "state", cluster_, ReplicaId(0)).has_value());
    open();
  }
  OrderedMap& map() override { return *store_; }
  void checkpoint(SequenceNumber n) override {
    const StateStore::Frozen frozen = store_->freeze(n);
    RC_ASSERT(store_->commit(frozen).has_value());
    store_->settle(frozen);
  }
  void crash() override {
    store_.reset();
    open();
  }

 private:
  void open() {
    auto opened = StateStore::open(directory_.path() / "state", cluster_, ReplicaId(0), {});
    RC_ASSERT(opened.has_value());
    store_ = std::move(*opened);
  }

  TemporaryDirectory directory_;
  Digest cluster_ = digest_filled(1);
  std::unique_ptr<StateStore> store_;
};

std::vector<std::pair<ClientId, Timestamp>> refused(const ExecutedBatch& batch, RefusalReason reason) {
  std::vector<std::pair<ClientId, Timestamp>> out;
  for (const Refusal& refusal : batch.refusals) {
    if (refusal.reason == reason) out.emplace_back(refusal.client, refusal.timestamp);
  }
  return out;
}

void compare(const ExecutedBatch& batch, const ExpectedSlot& expected) {
  RC_ASSERT(batch.leaves.size() == expected.runs.size());
  for (std::size_t i = 0; i < batch.leaves.size(); ++i) {
    const Leaf& leaf = batch.leaves[i];
    const auto& run = expected.runs[i];
    RC_ASSERT(leaf.client == run.client);
    RC_ASSERT(leaf.timestamp == run.timestamp);
    RC_ASSERT(leaf.n == batch.n);
    RC_ASSERT(leaf.index == run.index);
    RC_ASSERT(leaf.status == run.status);
    RC_ASSERT(decoded(leaf.result) == run.result);
  }
  std::vector<std::pair<ClientId, Timestamp>> duplicates;
  for (const ExecutedOperation& one : batch.duplicates) duplicates.emplace_back(one.client, one.timestamp);
  RC_ASSERT(duplicates == expected.duplicates);
  RC_ASSERT(refused(batch, RefusalReason::too_old) == expected.too_old);
  RC_ASSERT(refused(batch, RefusalReason::too_far) == expected.too_far);
}

/// One service that crashes, one that never does, and the model.
class Trial {
 public:
  explicit Trial(std::unique_ptr<Backing> backing) : backing_(std::move(backing)) { start(); }

  void run(Dice dice) {
    while (!dice.used_up()) {
      const std::size_t what = dice.below(16);
      if (what == 0) {
        checkpoint();
      } else if (what == 1) {
        crash();
      } else if (what == 2) {
        execute(nullptr);
      } else {
        execute(draw_batch(dice));
      }
    }
    execute(nullptr);
    checkpoint();
    crash();
    // What was written over all the crashes is what a service without crashes writes at once.
    steady_.service().write_checkpoint();
    RC_ASSERT(entries_of(backing_->map()) == entries_of(steady_map_));
  }

 private:
  void start() { rig_ = std::make_unique<ServiceRig>(backing_->map(), client_window); }

  void checkpoint() {
    if (unsaved_.empty()) return;
    rig_->service().write_checkpoint();
    backing_->checkpoint(rig_->service().last_executed());
    unsaved_.clear();
  }

  void crash() {
    rig_.reset();
    backing_->crash();
    start();
    for (const Slot& slot : unsaved_) RC_ASSERT(execute_on(*rig_, slot.batch).block == slot.block);
    RC_ASSERT(rig_->service().ledger_head() == steady_.service().ledger_head());
  }

  void execute(const BatchPtr& batch) {
    const ExecutedBatch executed = execute_on(*rig_, batch);
    const ExecutedBatch steady = execute_on(steady_, batch);
    if (batch == nullptr) model_.next_slot();
    compare(executed, model_.slot());
    RC_ASSERT(executed.leaves == steady.leaves);
    RC_ASSERT(executed.block == steady.block);
    RC_ASSERT(executed.agreed_time == steady.agreed_time);
    for (const std::uint32_t id : {0U, 1U}) {
      RC_ASSERT(rig_->service().low_mark(ClientId(id)) == model_.low(ClientId(id)));
      RC_ASSERT(rig_->service().newest(ClientId(id)) == model_.newest(ClientId(id)));
    }
    unsaved_.push_back({batch, executed.block});
  }

  static ExecutedBatch execute_on(ServiceRig& rig, const BatchPtr& batch) {
    Service& service = rig.service();
    return service.execute(service.last_executed() + 1, batch ? batch->digest() : null_digest(), batch.get());
  }

  /// The model executes as the batch is drawn.
  BatchPtr draw_batch(Dice& dice) {
    model_.next_slot();
    Draw draw(dice, model_);
    std::vector<BundlePtr> bundles;
    for (std::size_t count = 1 + dice.below(3); count > 0; --count) {
      const ClientId client(static_cast<std::uint32_t>(dice.below(2)));
      const Timestamp first = draw_timestamp(dice, client);
      std::vector<Bytes> operations;
      std::size_t bytes = 0;
      for (std::size_t parts = 1 + dice.below(3); parts > 0; --parts) {
        Operation operation = draw.operation();
        const auto encoding = encode_operation(operation);
        if (!encoding || bytes + encoding->size() > limits::bundle_bytes_max / 2) operation = Get{as_bytes(keys[0])};
        model_.run(client, first + operations.size(), operation);
        operations.push_back(encoded(operation));
        bytes += operations.back().size();
      }
      bundles.push_back(unsigned_bundle(client.value, first.value, operations));
    }
    return Batch::build(WallTime(dice.below(100)), bundles);
  }

  /// Mostly the next one, else around both edges of the window.
  Timestamp draw_timestamp(Dice& dice, ClientId client) {
    const std::uint64_t newest = model_.newest(client).value;
    const std::uint64_t low = model_.low(client).value;
    switch (dice.below(8)) {
      case 0:
        return Timestamp(low + dice.below(client_window + 3) + (low == 0 ? 1 : 0));
      case 1:
        return Timestamp(newest + 1 + dice.below(client_window + 2));
      case 2:
        return Timestamp(low + 4294967295 + dice.below(3));
      default:
        return Timestamp(newest + 1);
    }
  }

  struct Slot {
    BatchPtr batch;
    Block block;
  };

  std::unique_ptr<Backing> backing_;
  std::unique_ptr<ServiceRig> rig_;
  MemoryMap steady_map_;
  ServiceRig steady_{steady_map_, client_window};
  KeyValueModel model_{client_window};
  std::vector<Slot> unsaved_;
};

template <typename T>
bool holds_over() {
  // Long lists of choices, so that windows wrap and keys are met again.
  constexpr int size = 800;
  return rc::check([] {
    Trial(std::make_unique<T>()).run(Dice(*rc::gen::resize(size, rc::gen::arbitrary<std::vector<std::uint8_t>>())));
  });
}

TEST_CASE("the service does what the model says, crashes or not, over the map in memory") {
  CHECK(holds_over<MemoryBacking>());
}

TEST_CASE("the service does what the model says, crashes or not, over LMDB") { CHECK(holds_over<StoreBacking>()); }

}  // namespace
