// The traitors of one host, between it and the network: each sees what the one before it let out.
//
// Counts how often each of them acted, and keeps those loyal whose moment has not come. What they add goes straight
// out.
#pragma once

#include <memory>
#include <vector>

#include "tests/traitors/registry.h"

namespace quorate::traitors {

class Band {
 public:
  Band(const Genesis& genesis, ReplicaId self, const MessageSigner& keys, Scratch& scratch, std::uint64_t seed);

  void join(const Posting& posting);
  Self& self() { return self_; }

  /// The host says this: what really goes out.
  std::vector<Parcel> leaving(const Channel& to, const MessagePtr& message, std::uint64_t now_us);
  /// False: the host must not hear it.
  bool arriving(const Message& message, const Channel& from, std::uint64_t now_us);
  void idle(std::uint64_t now_us);
  std::uint64_t hold_up_us(ReplicaId from, ReplicaId to, const Message& message, std::uint64_t now_us);

  /// What was added since the last call, and what the host is to hear.
  std::vector<Parcel> take_said();
  std::vector<std::pair<Message, Channel>> take_heard();
  /// To whom it was rude, and how.
  std::vector<std::pair<ReplicaId, Rudeness>> take_rude();

  struct Member {
    Posting posting;
    std::unique_ptr<Traitor> traitor;
    std::uint64_t acts = 0;
  };
  const std::vector<Member>& members() const { return members_; }

 private:
  bool active(const Member& member);
  bool is_own(const Message& message) const;
  void learn(const Message& message);

  Self self_;
  std::vector<Member> members_;
  std::vector<Parcel> added_;
};

}  // namespace quorate::traitors
