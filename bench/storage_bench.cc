// How long a turn of the log, a checkpoint of the state, a read and a check at start take. Forces are real.
//
// Stores are made in the system's temporary directory: set TMPDIR to measure another disk.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <string>

#include "crypto/check.h"
#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"

namespace quorate {
namespace {

const ReplicaId replica(0);

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "quorate-bench-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "a temporary directory can be made");
    path_ = name;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  std::filesystem::path store() const { return path_ / "store"; }

 private:
  std::filesystem::path path_;
};

template <typename T>
T must(Result<T> result) {
  check(result.has_value(), "the store works");
  return std::move(*result);
}
void must(const Result<void>& result) { check(result.has_value(), "the store works"); }

BatchPtr make_batch(std::uint64_t n, std::size_t bytes) {
  const std::array<Bytes, 1> operations{Bytes(bytes, static_cast<std::uint8_t>(n))};
  const std::array<BundlePtr, 1> bundles{must<BundlePtr>(
      Bundle::parse(Bundle::payload_of(ClientId(0), Timestamp(n), operations), Signature()).map_error([](Reject) {
        return Error{"batch"};
      }))};
  return Batch::build(WallTime(n), bundles);
}

/// Slot n from acceptance to its mark, with the certificates of four replicas; each 256th a checkpoint.
void add_slot(std::vector<NumberedRecord>& records, std::uint64_t slot, std::size_t bytes) {
  const SequenceNumber n(slot);
  const BatchPtr batch = make_batch(slot, bytes);
  const auto add = [&](LogRecord record) { records.push_back({RecordNumber(slot), std::move(record)}); };
  const PrePrepareHeader header{View(0), n, batch->digest()};
  add(AcceptedRecord{{header, Signature(), batch}});
  add(PreparedRecord{{header, Signature(), std::vector<SignedBy>(2)}});
  add(CommittedRecord{{View(0), n, batch->digest(), std::vector<SignedBy>(3)}, nullptr});
  if (slot % 256 != 0) return;
  add(StableRecord{{n, Digest(), std::vector<SignedBy>(3)}});
  add(CollectRecord{n, n});
}

void log_append(benchmark::State& state) {
  const Directory directory;
  must(LogStore::init(directory.store(), Digest(), replica));
  const auto store = must(LogStore::open(directory.store(), Digest(), replica, {}));
  const auto bytes = static_cast<std::size_t>(state.range(0));
  std::uint64_t slot = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<NumberedRecord> records;
    for (std::int64_t i = 0; i < state.range(1); ++i) add_slot(records, ++slot, bytes);
    state.ResumeTiming();
    must(store->append(records));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * state.range(1));
}
BENCHMARK(log_append)
    ->ArgNames({"body", "slots"})
    ->ArgsProduct({{128, 4096, 16384, 100'000}, {1, 4}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

Bytes state_key(std::uint64_t i) {
  ByteWriter writer;
  writer.u8(1);
  writer.u64(i * 0x9e3779b97f4a7c15U);  // spread, as keys of clients are
  return writer.take();
}

/// A state of 100,000 entries of 128 bytes, committed at n = 1.
std::unique_ptr<StateStore> make_state(const std::filesystem::path& path) {
  must(StateStore::init(path, Digest(), replica));
  auto store = must(StateStore::open(path, Digest(), replica, {}));
  for (std::uint64_t i = 0; i < 100'000; ++i) store->put(state_key(i), Bytes(128, 1));
  const auto frozen = store->freeze(SequenceNumber(1));
  must(store->commit(frozen));
  store->settle(frozen);
  return store;
}

void state_commit(benchmark::State& state) {
  const Directory directory;
  const auto store = make_state(directory.store());
  std::uint64_t n = 1;
  std::uint64_t next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::int64_t i = 0; i < state.range(0); ++i) store->put(state_key((next += 7919) % 100'000), Bytes(128, 2));
    const auto frozen = store->freeze(SequenceNumber(++n));
    state.ResumeTiming();
    must(store->commit(frozen));
    state.PauseTiming();
    store->settle(frozen);
    state.ResumeTiming();
  }
}
BENCHMARK(state_commit)
    ->ArgName("updates")
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(50'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void state_get(benchmark::State& state) {
  const Directory directory;
  const auto store = make_state(directory.store());
  std::uint64_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(store->get(state_key((next += 7919) % 100'000)));
}
BENCHMARK(state_get);

void state_check(benchmark::State& state) {
  const Directory directory;
  make_state(directory.store());
  for (auto _ : state) must(StateStore::open(directory.store(), Digest(), replica, {}));
}
BENCHMARK(state_check)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace quorate

BENCHMARK_MAIN();
