// VIEW-CHANGE and NEW-VIEW: what replicas know when they leave a view, and what the next one begins with (OSDI'99
// section 4.4).
//
// Both have one canonical encoding (README.md, "View change"), which is signed, sent and stored as it is. What a
// NEW-VIEW must contain is derived in replica/core/new_view_rules.h.
#pragma once

#include <memory>
#include <optional>
#include <tl/expected.hpp>
#include <vector>

#include "crypto/signature.h"
#include "messages/certificates.h"
#include "messages/reject.h"

namespace quorate {

/// ⟨VIEW-CHANGE, v, h, C, P, i⟩: replica i wants to enter v and votes in no view before it any more.
struct ViewChange {
  View view;
  SequenceNumber low_watermark;               // h
  std::optional<StableCheckpoint> stable;     // C, the proof of h; absent exactly for h = 0
  std::vector<PreparedCertificate> prepared;  // P: at most one for each n in (h, h + L], ascending
  ReplicaId replica;
  Signature signature;
};
using ViewChangePtr = std::shared_ptr<const ViewChange>;

/// A header of O, signed as the PRE-PREPARE that it stands for.
struct SignedHeader {
  PrePrepareHeader header;
  Signature signature;
};

/// ⟨NEW-VIEW, v, V, O⟩ by primary(v).
struct NewView {
  View view;
  std::vector<ViewChangePtr> view_changes;  // V: exactly q, ascending
  std::vector<SignedHeader> pre_prepares;   // O, ascending
  Signature signature;
};
using NewViewPtr = std::shared_ptr<const NewView>;

/// What the signature covers; also the message's only encoding.
Bytes payload_of(const ViewChange& view_change);
Bytes payload_of(const NewView& new_view);

/// The inverses. Errors: malformed_encoding, too_many_elements.
tl::expected<ViewChange, Reject> parse_view_change(ByteView payload, const Signature& signature);
tl::expected<NewView, Reject> parse_new_view(ByteView payload, const Signature& signature);

}  // namespace quorate
