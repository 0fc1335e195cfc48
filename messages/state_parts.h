// What replicas ask each other about a state, and what they answer (OSDI'99 section 4.6.2; replica/README.md, "State
// transfer").
//
// The state at a checkpoint is a tree whose root f+1 replicas vouch for (replica/service/state_tree.h). A part proves
// itself by the digest that its parent, or the root, names; so anybody may send it. How trees are walked is in
// replica/service/state_transfer.h.
#pragma once

#include <cstdint>
#include <tl/expected.hpp>
#include <vector>

#include "crypto/digest.h"
#include "crypto/signature.h"
#include "messages/reject.h"
#include "messages/types.h"

namespace quorate {

enum class StatePartKind : std::uint8_t {
  root = 1,      // the level and digest of the top node
  children = 2,  // of a node above level 1: the first keys and digests of the nodes below it
  digests = 3,   // of a group: a short digest for each of its entries, in key order
  entries = 4,   // of a group: all its entries, or the selected ones
};

/// One thing asked for. `first` names the node of `level` that begins at this key.
struct StateWant {
  StatePartKind kind = StatePartKind::root;
  std::uint8_t level = 0;
  Bytes first;
  Bytes selected;  // of entries: bit i stands for the i-th entry of the group; empty: all
  friend bool operator==(const StateWant&, const StateWant&) = default;
};

/// One thing answered; `content` has a layout for each kind (README.md, "State transfer").
struct StatePart {
  StatePartKind kind = StatePartKind::root;
  std::uint8_t level = 0;
  Bytes first;
  Bytes content;
  friend bool operator==(const StatePart&, const StatePart&) = default;
};

/// Which state does a peer serve, of checkpoint `at_least` or a later one?
struct StateQuery {
  ReplicaId replica;
  SequenceNumber at_least;
  Signature signature;
};

/// The sender serves the state at n, whose root this is, for a while. f+1 that say the same are right.
struct StateOffer {
  ReplicaId replica;
  SequenceNumber n;
  Digest root;
  Signature signature;
};

/// Asks for parts of the state at n.
struct StateFetch {
  ReplicaId replica;
  SequenceNumber n;
  std::vector<StateWant> wants;
  Signature signature;
};

/// The first so many of the wants of a StateFetch, in its order, as fit; none at all: the sender does not serve n.
struct StateParts {
  SequenceNumber n;
  std::vector<StatePart> parts;
};

/// What the signature covers; also the only encoding.
Bytes payload_of(const StateFetch& fetch);
/// The inverse. Errors: malformed_encoding, too_many_elements.
tl::expected<StateFetch, Reject> parse_state_fetch(ByteView payload, const Signature& signature);

Bytes encode_parts(const std::vector<StatePart>& parts);
/// The inverse. Errors: malformed_encoding, too_many_elements.
tl::expected<std::vector<StatePart>, Reject> parse_parts(ByteView encoded);

}  // namespace quorate
