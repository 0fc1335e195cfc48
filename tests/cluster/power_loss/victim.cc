// Writes to a store until the power goes; each turn that was acknowledged is written to standard output as 8 bytes.
//
// usage: power_loss_victim file|log|state|transfer DIRECTORY FIRST_TURN TURNS. Stops by itself after that many turns,
// with status 3.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "replica/service/state_tree.h"
#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"
#include "tests/cluster/power_loss/turns.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

template <typename T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "victim: %s\n", result.error().message.c_str());
  std::exit(1);
}

void must(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "victim: %s\n", result.error().message.c_str());
  std::exit(1);
}

template <typename Turn>
void run(std::uint64_t first, std::uint64_t turns, Turn turn) {
  for (std::uint64_t n = first; n < first + turns; ++n) {
    turn(n);
    if (::write(STDOUT_FILENO, &n, sizeof n) != sizeof n) std::exit(2);
  }
}

/// What a state transfer does to the store: it is marked, filled in two writes, and whole again.
void fetch_state(StateStore& store, std::uint64_t n) {
  const auto target = store.transfer_target();
  store.suspend();
  must(target->begin());
  for (const int from : {0, state_keys / 2}) {
    const auto to = static_cast<std::uint8_t>(from + state_keys / 2);
    TransferStore::Group half{from == 0 ? Bytes() : Bytes{static_cast<std::uint8_t>(from)}, std::nullopt, {}, {}};
    if (to != state_keys) half.next = Bytes{to};
    std::vector<state_tree::Entry> entries;
    for (int key = from; key < to; ++key) {
      entries.emplace_back(Bytes{static_cast<std::uint8_t>(key)}, turn_value(n));
      half.changes.push_back({entries.back().first, entries.back().second});
    }
    half.digest = state_tree::group_digest(entries);
    must(target->write({half}));
  }
  const Digest root = must(target->complete());
  must(target->finish(SequenceNumber(n), root));
  must(store.adopt());
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) return 1;
  const std::string kind = words[1];
  const std::string directory = words[2];
  const std::uint64_t first = std::strtoull(words[3], nullptr, 10);
  const std::uint64_t turns = std::strtoull(words[4], nullptr, 10);
  if (kind == "log") {
    const auto store = must(LogStore::open(directory, victim_cluster, victim_replica, {}));
    run(first, turns, [&](std::uint64_t n) { must(store->append(numbered(log_turn(n)))); });
  } else if (kind == "state") {
    const auto store = must(StateStore::open(directory, victim_cluster, victim_replica, {}));
    run(first, turns, [&](std::uint64_t n) {
      for (std::uint8_t key = 0; key < state_keys; ++key) store->put(Bytes{key}, turn_value(n));
      const auto frozen = store->freeze(SequenceNumber(n));
      must(store->commit(frozen));
      store->settle(frozen);
    });
  } else if (kind == "transfer") {
    const auto store = must(StateStore::open(directory, victim_cluster, victim_replica, {}));
    run(first, turns, [&](std::uint64_t n) { fetch_state(*store, n); });
  } else {
    const int file = ::open((directory + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    run(first, turns, [&](std::uint64_t n) {
      const Bytes record(file_record_bytes, static_cast<std::uint8_t>(n));
      const auto size = static_cast<ssize_t>(record.size());
      if (::pwrite(file, record.data(), record.size(), static_cast<off_t>(n) * size) != size || ::fdatasync(file) != 0)
        std::exit(1);
    });
  }
  return 3;
}
