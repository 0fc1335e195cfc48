// Three loyal cores of four, and a traitor that says anything at all under good signatures, as some bytes have it.
//
// The bytes decide what is delivered, dropped and delayed, when disks and clocks move, and what the traitor says to
// whom: every field of every message that a core takes, around the edges that matter. After each step the loyal must
// agree, contradict nothing that they said, and stay within their bounds. A broken one ends the process.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "messages/sign.h"
#include "messages/verify.h"
#include "replica/core/core.h"
#include "tests/simulation/keys.h"

namespace quorate::fuzzing {

/// What was reached, over all runs.
struct Reached {
  std::array<std::uint64_t, reject_count> rejects{};
  std::uint64_t executed = 0;  // slots, by all cores
  std::uint64_t views = 0;     // the highest
  std::uint64_t checkpoints = 0;
};

/// Bytes that make clients ask and deliver everything in order; with `silence`, the cores then lose patience.
Bytes honest_schedule(std::uint64_t requests, bool silence);

class CoreUnderFire {
 public:
  CoreUnderFire();
  ~CoreUnderFire();
  CoreUnderFire(const CoreUnderFire&) = delete;
  CoreUnderFire& operator=(const CoreUnderFire&) = delete;

  /// Runs until the bytes are used up.
  void run(ByteView bytes, Reached& reached);

 private:
  struct Loyal;
  class Choices;

  void step(Choices& choices);
  void deliver(Choices& choices, Loyal& to);
  void settle(Loyal& loyal);
  void take_output(Loyal& loyal);
  /// `asked`: as a driver does it, who asks the core whether it wants a vote at all.
  void hand_in(Loyal& to, const Message& message, Channel from, bool asked);
  void lie(Choices& choices, Loyal& to);
  Message traitor_message(Choices& choices, const Loyal& to);
  Message view_message(Choices& choices, View view, SequenceNumber n);
  PreparedCertificate certificate(Choices& choices, View view);
  BundlePtr bundle(Choices& choices);
  void remember(const Message& message);
  void look_at(Loyal& loyal);

  simulation::Keys keys_;
  Genesis genesis_;
  Verifier verifier_;
  Reached* reached_ = nullptr;
  std::vector<std::unique_ptr<Loyal>> loyal_;
  // What the traitor knows:
  std::vector<BatchPtr> batches_;
  std::vector<Digest> digests_;
  std::vector<ViewChangePtr> view_changes_;
  std::vector<Message> heard_;
  std::map<std::pair<View, SequenceNumber>, std::map<Digest, std::vector<SignedBy>>> prepares_;
  std::map<std::pair<View, SequenceNumber>, std::map<Digest, Signature>> proposals_;
  // What the loyal did:
  std::map<SequenceNumber, Digest> executed_;
};

}  // namespace quorate::fuzzing
