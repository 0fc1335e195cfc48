// Clients under test load that get in each other's way, and write down what they asked and were answered, and when: for
// the checker of tests/linearizability.
//
// What they saw is cut into histories. Each has keys of its own, which are absent at its beginning, and begins when
// nothing of the last one is under way any more: so each can be judged alone.
#pragma once

#include <asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "tests/cluster/contention.h"
#include "tests/cluster/lasting_client.h"
#include "tests/linearizability/history.h"

namespace quorate::cluster_tests {

class Recorder {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::size_t clients = 4;
    std::size_t under_way_max = 2;  // of each client
    std::size_t calls_per_history = 10'000;
  };
  /// Takes a client key of the cluster for each client, and goes on by itself as often as the context runs.
  Recorder(asio::io_context& context, const std::filesystem::path& cluster_file, const Options& options);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// One of the clients begins a new life.
  void renew(std::size_t client) { callers_[client].client->renew(); }
  /// No more calls are made. The history in hand is complete when nothing is under way any more.
  void stop() { stopped_ = true; }
  std::size_t under_way() const { return under_way_; }
  std::uint64_t answered() const { return answered_; }
  /// Calls whose outcome the client library could not tell. In their history they have no answer.
  std::uint64_t failed() const { return failed_; }
  /// Those since it was last called.
  std::vector<linearizability::History> take_complete() { return std::exchange(complete_, {}); }

 private:
  struct Caller {
    std::unique_ptr<LastingClient> client;
    std::size_t under_way = 0;
  };

  void refill();
  void call(Caller& caller);
  void take(Caller& caller, const Digest& name, const Bytes& operation, const Outcome& outcome);
  void begin_history();

  Options options_;
  std::unique_ptr<Contention> contention_;
  linearizability::History history_;
  std::vector<linearizability::History> complete_;
  std::uint64_t begun_ = 0;  // histories
  std::uint64_t made_ = 0;   // calls
  std::size_t under_way_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t failed_ = 0;
  bool stopped_ = false;
  std::vector<Caller> callers_;
};

}  // namespace quorate::cluster_tests
