// A million operations through one cluster: it stops at no window, and neither memory nor disk grows with them.
#include <doctest/doctest.h>

#include <asio/io_context.hpp>
#include <filesystem>

#include "client/client_key.h"
#include "client/key_value.h"
#include "tests/cluster/processes.h"

namespace quorate::cluster_tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Sizes {
  std::size_t memory = 0;
  std::size_t disk = 0;
};

Sizes sizes_of(const Processes& replicas) {
  Sizes sizes;
  for (std::uint32_t i = 0; i < 4; ++i) {
    sizes.memory += replicas.resident_bytes(i);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(replicas.replica_files(i))) {
      if (entry.is_regular_file()) sizes.disk += entry.file_size();
    }
  }
  return sizes;
}

/// Puts to a thousand keys, a few hundred under way for each of some clients.
class Load {
 public:
  explicit Load(const Processes& replicas) {
    for (int i = 0; i < 4; ++i) {
      keys_.push_back(take_client_key(replicas.cluster_file(), replicas.cluster()).value());
      clients_.push_back(std::make_unique<Client>(context_.get_executor(), replicas.cluster(), keys_.back()));
    }
  }
  ~Load() {
    for (const auto& client : clients_) client->close();
    context_.run_for(10ms);
  }
  /// False when the cluster acknowledged nothing for this long.
  bool run_until(std::uint64_t acknowledged, std::chrono::seconds patience) {
    auto deadline = Clock::now() + patience;
    std::uint64_t before = acknowledged_;
    while (acknowledged_ < acknowledged) {
      for (const auto& client : clients_) {
        while (client->unanswered() < 256) begin(*client);
      }
      context_.run_one_for(100ms);
      if (acknowledged_ != before) {
        before = acknowledged_;
        deadline = Clock::now() + patience;
      }
      if (failed_ != 0 || Clock::now() > deadline) return false;
    }
    return true;
  }

 private:
  void begin(Client& client) {
    const std::string key = "key " + std::to_string(next_++ % 1000);
    async_execute(client, encode_operation(Put{as_bytes(key), Bytes(128, 7)}).value(),
                  [this](const Answer& answer) { ++(answer.error == ClientError::none ? acknowledged_ : failed_); });
  }

  asio::io_context context_{1};
  std::vector<ClientKey> keys_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::uint64_t next_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace

TEST_CASE("long: a million operations, memory and disk flat" * doctest::skip()) {
  Processes::Options options;
  options.arguments = {"--log-level", "warn", "--retained-log-mb", "16"};
  Processes replicas(options);
  replicas.start_all();
  Load load(replicas);
  std::vector<Sizes> sizes;
  for (std::uint64_t goal = 100'000; goal <= 1'000'000; goal += 100'000) {
    REQUIRE(load.run_until(goal, 60s));
    sizes.push_back(sizes_of(replicas));
    MESSAGE(goal, " operations: memory ", sizes.back().memory >> 20, " MiB, disk ", sizes.back().disk >> 20, " MiB");
  }
  const Sizes& half = sizes[4];
  const Sizes& end = sizes.back();
  CHECK(end.memory <= half.memory + half.memory / 5);
  CHECK(end.disk <= half.disk + half.disk / 5);
}

}  // namespace quorate::cluster_tests
