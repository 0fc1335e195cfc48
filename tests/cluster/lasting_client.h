// A client of several lives. What one life has under way when it ends, the next one asks for again at the same t: so
// each operation is executed once, and has one outcome.
#pragma once

#include <asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "client/client.h"

namespace quorate::cluster_tests {

class LastingClient {
 public:
  using Done = std::function<void(const Outcome&)>;

  /// The context must outlive it. After its end nothing is called any more.
  LastingClient(asio::io_context& context, const ClusterFile& cluster, const ClientKey& key);

  void execute(Bytes operation, Done done);
  /// Ends this life without a word to anybody, and begins the next one.
  void renew();
  ClientId id() const { return key_.id; }

 private:
  struct Asked {
    Bytes operation;
    Done done;
  };

  void begin_life();
  void allot();
  void submit(Timestamp t);

  asio::io_context& context_;
  ClusterFile cluster_;
  ClientKey key_;
  std::deque<Asked> waiting_;         // for a t
  std::map<Timestamp, Asked> asked_;  // by t
  std::unique_ptr<Client> client_;
  std::shared_ptr<const int> life_;  // what was called in a life that is over has nothing to tell
  bool allotting_ = false;
};

}  // namespace quorate::cluster_tests
