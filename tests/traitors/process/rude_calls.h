// What a traitor does to connections (Rudeness), on sockets: calls to the ports of others, beside its host's own.
//
// A call with the host's key replaces the host's own connection there and ends at once. Only a lower id may dial, so
// that is for replicas with a higher one; the other kinds of calls are for everybody.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include "messages/transport_hello.h"
#include "replica/middleman.h"
#include "tests/traitors/traitor.h"

namespace quorate::traitors {

class RudeCalls {
 public:
  RudeCalls(const Seat& seat, const SignatureScheme& scheme);
  /// Does nothing while too many calls are under way.
  void make(ReplicaId to, Rudeness how);

 private:
  void hang_up(ReplicaId to);
  asio::awaitable<void> call(ReplicaId to, Rudeness how);

  asio::io_context& main_;
  const ClusterFile& cluster_;
  ReplicaId self_;
  MessageSigner keys_;
  Verifier verifier_;
  Identity identity_;
  std::size_t under_way_ = 0;
};

}  // namespace quorate::traitors
