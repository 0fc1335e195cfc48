// Who stands between a replica and its connections: every frame that leaves or arrives goes through his hands.
//
// The product has nobody there. A program that tests may put somebody (tests/traitors/process), who then passes on,
// drops, alters and adds what he likes; the replica behind him is the real one.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "messages/cluster_file.h"
#include "messages/sign.h"
#include "messages/transport.h"

namespace quorate {

class Middleman {
 public:
  /// The ways on. A frame for somebody who is not connected is dropped.
  struct Ways {
    std::function<void(const Peer& to, FramePtr frame)> out;
    std::function<void(const Peer& from, std::vector<Bytes> payloads)> in;
  };
  virtual ~Middleman() = default;
  /// Called once, before all else, on the thread of `main`, as everything is.
  virtual void begin(Ways ways) = 0;
  virtual void leaving(const Peer& to, FramePtr frame) = 0;
  virtual void arriving(const Peer& from, std::vector<Bytes> payloads) = 0;
};

/// What a middleman is made from; all of it outlives him.
struct Seat {
  asio::io_context& main;
  const std::filesystem::path& cluster_file;
  const ClusterFile& cluster;
  ReplicaId self;
  const MessageSigner& keys;
  std::uint64_t view_timeout_us = 0;
};
/// Errors: what he needs is missing; the process ends with status `usage`.
using MakeMiddleman = std::function<Result<std::unique_ptr<Middleman>>(const Seat&)>;

}  // namespace quorate
