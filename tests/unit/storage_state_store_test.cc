// The state store against a map in memory: random writes, freezes, commits, settles and reopens at any moment.
//
// What a reopen finds is the map as it was at the freeze of the newest commit. Besides: two threads, large commits, the
// file's size, a full map, identity.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <deque>
#include <thread>

#include "replica/storage/child_check.h"
#include "replica/storage/state_store.h"
#include "tests/support/temporary_directory.h"

using namespace quorate;

namespace {

const Digest cluster = digest_of("test", as_bytes("cluster"));
const ReplicaId replica(3);

std::unique_ptr<StateStore> open_state(const std::filesystem::path& directory, const StateStoreOptions& options = {}) {
  auto opened = StateStore::open(directory, cluster, replica, options);
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

std::vector<std::pair<Bytes, Bytes>> all_of(const OrderedMap& map) {
  std::vector<std::pair<Bytes, Bytes>> entries;
  for (auto entry = map.lower_bound({}); entry;) {
    Bytes next = entry->first;
    next.push_back(0);
    entries.push_back(std::move(*entry));
    entry = map.lower_bound(next);
  }
  return entries;
}

struct Step {
  std::uint8_t what;
  std::uint8_t key;
  std::uint8_t value;
};

/// The store and its model side by side.
class Pair {
 public:
  Pair() {
    RC_ASSERT(StateStore::init(directory_, cluster, replica).has_value());
    store_ = open_state(directory_);
  }

  void run(const Step& step) {
    const Bytes key = key_of(step.key);
    switch (step.what % 16) {
      default:
        put(key, Bytes(step.value % 40, step.value));
        break;
      case 8:
      case 9:
      case 10:
        store_->erase(key);
        model_.erase(key);
        break;
      case 11:
        frozen_.push_back({store_->freeze(++n_), model_});
        break;
      case 12:
        commit_next(step.value % 2 == 0);
        break;
      case 13:
        settle_next();
        break;
      case 14:
        if (step.value % 4 == 0) reopen();
        break;
    }
    RC_ASSERT(store_->get(key) == model_.get(key));
    RC_ASSERT(store_->lower_bound(key) == model_.lower_bound(key));
  }

  void compare() {
    RC_ASSERT(all_of(*store_) == all_of(model_));
    RC_ASSERT(store_->durable() == durable_);
  }

  void reopen() {
    store_.reset();
    store_ = open_state(directory_);
    model_ = durable_model_;
    frozen_.clear();
    committed_ = 0;
    n_ = durable_;
    compare();
  }

 private:
  struct FrozenPair {
    StateStore::Frozen store;
    MemoryMap model;
  };

  static Bytes key_of(std::uint8_t number) {  // 40 keys, some a prefix of others, one empty
    Bytes key;
    for (int rest = number % 40; rest > 0; rest /= 3) key.push_back(static_cast<std::uint8_t>(rest % 3 * 127));
    return key;
  }

  void put(const Bytes& key, const Bytes& value) {
    store_->put(key, value);
    model_.put(key, value);
  }

  void commit_next(bool on_another_thread) {
    if (committed_ == frozen_.size()) return;
    const FrozenPair& next = frozen_[committed_++];
    bool done = false;
    const auto commit = [&] { done = store_->commit(next.store).has_value(); };
    if (on_another_thread)
      std::thread(commit).join();
    else
      commit();
    RC_ASSERT(done);
    durable_ = next.store.n;
    durable_model_ = next.model;
  }

  void settle_next() {
    if (committed_ == 0) return;
    store_->settle(frozen_.front().store);
    frozen_.pop_front();
    --committed_;
  }

  TemporaryDirectory temporary_;
  std::filesystem::path directory_ = temporary_.path() / "state";
  std::unique_ptr<StateStore> store_;
  MemoryMap model_;
  MemoryMap durable_model_;
  std::deque<FrozenPair> frozen_;  // oldest first, not settled
  std::size_t committed_ = 0;      // of frozen_
  SequenceNumber n_;
  SequenceNumber durable_;
};

}  // namespace

namespace rc {
template <>
struct Arbitrary<Step> {
  static Gen<Step> arbitrary() {
    return gen::build<Step>(gen::set(&Step::what), gen::set(&Step::key), gen::set(&Step::value));
  }
};
}  // namespace rc

TEST_CASE("the state store behaves as a map, and a reopen finds the newest commit") {
  const bool held = rc::check([](const std::vector<Step>& steps) {
    Pair pair;
    for (int round = 0; round < 3; ++round)
      for (const Step& step : steps) pair.run(step);
    pair.compare();
    pair.reopen();
  });
  CHECK(held);
}

TEST_CASE("the owner reads and writes while another thread commits") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, cluster, replica));
  const auto store = open_state(directory);
  const auto key = [](std::uint32_t i) {
    ByteWriter writer;
    writer.u32(i);
    return writer.take();
  };
  for (std::uint32_t round = 1; round <= 5; ++round) {
    for (std::uint32_t i = 0; i < 500; ++i) store->put(key(i), Bytes(100, static_cast<std::uint8_t>(round)));
    const auto frozen = store->freeze(SequenceNumber(round));
    Result<void> committed;
    std::thread writer([&] { committed = store->commit(frozen); });
    bool as_written = true;
    for (std::uint32_t i = 0; i < 500; ++i) {
      as_written = as_written && store->get(key(i)) == Bytes(100, static_cast<std::uint8_t>(round));
      store->put(key(i + 500), key(i));
    }
    writer.join();
    CHECK(as_written);
    REQUIRE(committed);
    store->settle(frozen);
    CHECK(store->durable() == SequenceNumber(round));
    CHECK(store->get(key(0)) == Bytes(100, static_cast<std::uint8_t>(round)));
  }
}

TEST_CASE("the file does not grow when the same keys are written again and again") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, cluster, replica));
  const auto store = open_state(directory);
  const auto target = store->transfer_target();  // a running replica has one; it may hold no snapshot
  std::uintmax_t early = 0;
  for (std::uint64_t n = 1; n <= 40; ++n) {
    for (std::uint8_t i = 0; i < 200; ++i) store->put(Bytes{i}, Bytes(1000, static_cast<std::uint8_t>(n)));
    const auto frozen = store->freeze(SequenceNumber(n));
    REQUIRE(store->commit(frozen));
    store->settle(frozen);
    if (n == 10) early = std::filesystem::file_size(directory / "data.mdb");
  }
  const auto late = std::filesystem::file_size(directory / "data.mdb");
  CHECK(late == early);
  constexpr std::uintmax_t copy = (200 / 3 + 1) * 4096;  // three of these entries fill a page
  CHECK(late < 2.5 * copy);                              // what a checkpoint writes is there twice, not three times
}

TEST_CASE("a large commit pauses between its pieces, and so does freeing what it wrote") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, cluster, replica));
  auto store = open_state(directory);
  MemoryMap model;
  constexpr std::uint32_t keys = 5000;
  for (std::uint32_t i = 0; i < keys; ++i) {
    const Digest key = Hasher("key").u32(i).finish();
    store->put(key.bytes, Bytes{static_cast<std::uint8_t>(i)});
    model.put(key.bytes, Bytes{static_cast<std::uint8_t>(i)});
  }
  auto frozen = store->freeze(SequenceNumber(1));
  std::size_t pauses = 0;
  const auto pause = [&] { ++pauses; };
  REQUIRE(store->commit(frozen, nullptr, pause));
  CHECK(pauses > keys / 16);
  store->settle(frozen);
  pauses = 0;
  StateStore::give_back(frozen, pause);
  CHECK(pauses >= keys / 64);
  store.reset();
  store = open_state(directory);
  Bytes from;
  for (std::uint32_t i = 0; i <= keys; ++i) {
    const auto entry = store->lower_bound(from);
    REQUIRE(entry == model.lower_bound(from));
    if (!entry) break;
    from = entry->first;
    from.push_back(0);
  }
}

TEST_CASE("a key of 400 bytes behind the service's prefix fits") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, cluster, replica));
  auto store = open_state(directory);
  const Bytes key(1 + 400, 0xff);
  store->put(key, Bytes(96 * 1024, 1));
  REQUIRE(store->commit(store->freeze(SequenceNumber(1))));
  store.reset();
  store = open_state(directory);
  CHECK(store->get(key) == Bytes(96 * 1024, 1));
}

TEST_CASE("the longest key that the state takes is stored; a longer one is absent, not an error") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, cluster, replica));
  const auto store = open_state(directory);
  const Bytes longest(StateStore::key_bytes_max, 1);
  store->put(longest, Bytes{7});
  const Bytes longer(StateStore::key_bytes_max + 1, 1);
  store->erase(longer);
  const auto frozen = store->freeze(SequenceNumber(1));
  REQUIRE(store->commit(frozen));
  store->settle(frozen);
  CHECK(store->get(longest) == Bytes{7});
  CHECK_FALSE(store->get(longer));
  CHECK(store->lower_bound(Bytes(1000, 0))->first == longest);
  CHECK_FALSE(store->lower_bound(longer));
  const auto finding = check_in_child([&]() -> Result<void> {
    store->put(longer, Bytes{7});
    return {};
  });
  CHECK_FALSE(finding.has_value());
}

TEST_CASE("a full map stops the state, and the newest good commit is there after a restart") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  REQUIRE(StateStore::init(directory, cluster, replica));
  auto store = open_state(directory, {.map_bytes_max = 256 * 1024});
  store->put(Bytes{1}, Bytes{1});
  const auto good = store->freeze(SequenceNumber(1));
  REQUIRE(store->commit(good));
  store->settle(good);
  store->put(Bytes{1}, Bytes{2});
  store->put(Bytes{2}, Bytes(1 << 20, 2));
  const auto full = store->freeze(SequenceNumber(2));
  const auto committed = store->commit(full);
  REQUIRE_FALSE(committed);
  CHECK(committed.error().message.find("larger map") != std::string::npos);
  const auto again = store->commit(full);
  REQUIRE_FALSE(again);
  CHECK(again.error().message.find("stop the replica") != std::string::npos);
  store.reset();
  store = open_state(directory);
  CHECK(store->durable() == SequenceNumber(1));
  CHECK(store->get(Bytes{1}) == Bytes{1});
  CHECK_FALSE(store->get(Bytes{2}));
}

TEST_CASE("a state that is not there, or somebody else's, is refused") {
  TemporaryDirectory temporary;
  const auto directory = temporary.path() / "state";
  const auto error = [&](const Digest& id, ReplicaId who) {
    const auto opened = StateStore::open(directory, id, who, {});
    return opened ? std::string() : opened.error().message;
  };
  CHECK(error(cluster, replica).find("no store") != std::string::npos);
  REQUIRE(StateStore::init(directory, cluster, replica));
  CHECK(error(cluster, replica).empty());
  CHECK_FALSE(StateStore::init(directory, cluster, replica));
  CHECK(error(Digest{}, replica).find("belongs to cluster") != std::string::npos);
  CHECK(error(cluster, ReplicaId(2)).find("belongs to replica 3") != std::string::npos);
  const auto open = open_state(directory);
  CHECK(error(cluster, replica).find("in use by process") != std::string::npos);
}
