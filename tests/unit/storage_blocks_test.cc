// The ledger's blocks in the state store: one run without a gap that ends at the state's slot, whatever is appended,
// committed, fetched or crashes in between, and no longer than is kept.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <deque>

#include "replica/service/state_transfer.h"
#include "replica/storage/state_store.h"
#include "tests/support/temporary_directory.h"

namespace quorate {
namespace {

const Digest cluster = digest_of("test", as_bytes("cluster"));
const ReplicaId replica(3);
constexpr std::uint64_t kept = 12;

/// The blocks of all slots.
const std::vector<Block>& chain() {
  static const std::vector<Block> made = [] {
    std::vector<Block> blocks;
    Digest previous = cluster;
    for (std::uint64_t n = 1; n <= 300; ++n) {
      const Digest batch = Hasher("test").u64(n).finish();
      blocks.push_back({SequenceNumber(n), previous, batch, batch, WallTime(n)});
      previous = blocks.back().digest();
    }
    return blocks;
  }();
  return made;
}

std::vector<Block> blocks_from(std::uint64_t first, std::uint64_t count) {
  const auto begin = chain().begin() + static_cast<std::ptrdiff_t>(first - 1);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::unique_ptr<StateStore> open_state(const std::filesystem::path& directory) {
  auto opened = StateStore::open(directory, cluster, replica, {.blocks_max = kept});
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

struct Fixture {
  Fixture() {
    REQUIRE(StateStore::init(directory, cluster, replica).has_value());
    store = open_state(directory);
  }
  void append(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count && executed < chain().size(); ++i) {
      store->append(chain()[executed++]);
    }
  }
  void commit() {
    frozen.push_back(store->freeze(SequenceNumber(executed)));
    REQUIRE(store->commit(frozen.back()).has_value());
    store->settle(frozen.back());
  }
  void crash() {
    store.reset();
    store = open_state(directory);
    executed = store->durable().value;
  }
  StateStore::DurableBlocks durable(std::uint64_t first = 0, std::uint64_t count = 1'000) const {
    return store->read_blocks(SequenceNumber(first), count).value();
  }
  bool sound() const {
    const auto held = durable();
    const std::uint64_t n = store->durable().value;
    const auto newer = store->newest_blocks();
    if (held.range.count() != held.blocks.size() || held.blocks.size() > kept) return false;
    if (!held.blocks.empty() && held.range.newest.value != n) return false;
    if (held.blocks != blocks_from(n - held.blocks.size() + 1, held.blocks.size())) return false;
    return newer == blocks_from(n + 1, executed - n);
  }

  TemporaryDirectory temporary;
  std::filesystem::path directory = temporary.path() / "state";
  std::unique_ptr<StateStore> store;
  std::deque<StateStore::Frozen> frozen;
  std::uint64_t executed = 0;
};

/// A state of slot n comes from elsewhere.
void transfer(StateStore& store, std::uint64_t n) {
  store.suspend();
  const auto target = store.transfer_target();
  REQUIRE(target->begin().has_value());
  REQUIRE(target->finish(SequenceNumber(n), digest_of("test", as_bytes("root"))).has_value());
  REQUIRE(store.adopt().has_value());
}

}  // namespace

TEST_CASE("blocks are durable with the state of their slots, the newest so many, and one run") {
  const bool held = rc::check([](const std::vector<std::uint8_t>& steps) {
    Fixture fixture;
    for (const std::uint8_t step : steps) {
      if (step % 8 < 5) fixture.append(1 + step % 4);
      if (step % 8 == 5 || step % 8 == 6) {
        fixture.append(1);
        fixture.commit();
      }
      if (step % 8 == 7) fixture.crash();
      RC_ASSERT(fixture.sound());
    }
    fixture.crash();
    RC_ASSERT(fixture.sound());
    const std::uint64_t n = fixture.store->durable().value;
    RC_ASSERT(fixture.durable().blocks.size() == std::min(n, kept));  // nothing is dropped early either
  });
  CHECK(held);
}

TEST_CASE_FIXTURE(Fixture, "blocks are read from where one asks, as far as they go") {
  append(10);
  commit();
  append(3);
  CHECK(durable(4, 3).blocks == blocks_from(4, 3));
  CHECK(durable(9, 30).blocks == blocks_from(9, 2));
  CHECK(durable(11, 30).blocks.empty());
  CHECK(store->newest_blocks() == blocks_from(11, 3));
}

TEST_CASE_FIXTURE(
    Fixture,
    "a state that comes from elsewhere brings no blocks; those before it are added, each run to the one above") {
  append(5);
  commit();
  transfer(*store, 100);
  executed = 100;
  CHECK(durable().range.count() == 0);
  CHECK(store->newest_blocks().empty());
  CHECK(store->prepend(blocks_from(90, 5)).has_value());  // does not end where the state is
  CHECK(durable().range.count() == 0);
  CHECK(store->prepend(blocks_from(98, 3)).has_value());
  CHECK(durable().blocks == blocks_from(98, 3));
  CHECK(store->prepend(blocks_from(98, 3)).has_value());  // not below what is there
  CHECK(store->prepend({}).has_value());
  append(2);
  commit();
  CHECK(store->prepend(blocks_from(96, 2)).has_value());
  crash();
  CHECK(durable().blocks == blocks_from(96, 7));
  append(10);
  commit();
  CHECK(durable().blocks == blocks_from(101, kept));
}

TEST_CASE_FIXTURE(Fixture, "nothing is added while a state is being fetched") {
  append(5);
  commit();
  store->suspend();
  const auto target = store->transfer_target();
  REQUIRE(target->begin().has_value());
  CHECK(store->prepend(blocks_from(3, 3)).has_value());
  CHECK(durable().range.count() == 0);
}

TEST_CASE("a block's record is sealed with its number") {
  const Block block = chain()[41];
  const Bytes key = block_key(block.n);
  const Bytes value = encode_block(block);
  CHECK(decode_block(key, value) == block);
  CHECK_FALSE(decode_block(block_key(block.n + 1), value).has_value());
  for (std::size_t i = 0; i < value.size(); ++i) {
    Bytes damaged = value;
    damaged[i] ^= 1;
    CHECK_FALSE(decode_block(key, damaged).has_value());
  }
  CHECK_FALSE(decode_block(Bytes{state_block_prefix}, value).has_value());
}

}  // namespace quorate
