// Writes to a store until the power goes; each turn that was acknowledged is written to standard output as 8 bytes.
//
// usage: power_loss_victim file|log|state DIRECTORY FIRST_TURN. Stops by itself after 10,000 turns, with status 3.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"
#include "tests/cluster/power_loss/turns.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

constexpr std::uint64_t turns_max = 10'000;

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
void run(std::uint64_t first, Turn turn) {
  for (std::uint64_t n = first; n < first + turns_max; ++n) {
    turn(n);
    if (::write(STDOUT_FILENO, &n, sizeof n) != sizeof n) std::exit(2);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 1;
  const std::string kind = words[1];
  const std::string directory = words[2];
  const std::uint64_t first = std::strtoull(words[3], nullptr, 10);
  if (kind == "log") {
    const auto store = must(LogStore::open(directory, victim_cluster, victim_replica, {}));
    run(first, [&](std::uint64_t n) { must(store->append(numbered(log_turn(n)))); });
  } else if (kind == "state") {
    const auto store = must(StateStore::open(directory, victim_cluster, victim_replica, {}));
    run(first, [&](std::uint64_t n) {
      for (std::uint8_t key = 0; key < state_keys; ++key) store->put(Bytes{key}, turn_value(n));
      const auto frozen = store->freeze(SequenceNumber(n));
      must(store->commit(frozen));
      store->settle(frozen);
    });
  } else {
    const int file = ::open((directory + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    run(first, [&](std::uint64_t n) {
      const Bytes record(file_record_bytes, static_cast<std::uint8_t>(n));
      const auto size = static_cast<ssize_t>(record.size());
      if (::pwrite(file, record.data(), record.size(), static_cast<off_t>(n) * size) != size || ::fdatasync(file) != 0)
        std::exit(1);
    });
  }
  return 3;
}
