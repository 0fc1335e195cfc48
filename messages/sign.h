// What signatures cover. A signature input is
//   "quorate-1" ‖ cluster id (32) ‖ message type (u8) ‖ payload,
// with one payload layout for each type (README.md, "Signatures"). The payload names its signer.
#pragma once

#include "crypto/signature.h"
#include "messages/messages.h"

namespace quorate {

Bytes signature_input(const Digest& cluster_id, MessageType type, ByteView payload);

/// The signed payload of each message, from its fields.
Bytes payload_of(const PrePrepareHeader& header);
Bytes payload_of(const Prepare& vote);
Bytes payload_of(const Commit& vote);
Bytes payload_of(const Checkpoint& vote);
Bytes payload_of(const Status& status);
Bytes payload_of(const Fetch& fetch);
Bytes payload_of(const FetchBody& fetch);
Bytes payload_of(const StateQuery& query);
Bytes payload_of(const StateOffer& offer);
Bytes payload_of(const Replies& replies);  // replica, tree size, root
Bytes payload_of(const Refusal& refusal);
Bytes payload_of(const MarkQuery& query);
Bytes payload_of(const MarkAnswer& answer);
Bytes payload_of(const HealthQuery& query);
Bytes payload_of(const HealthReport& report);
Bytes payload_of(const LedgerQuery& query);
Bytes payload_of(const LedgerAnswer& answer);  // up to and with the head
Bytes payload_of(const BlockFetch& fetch);
/// What both sides of a connection sign: the whole exchange so far, and the signer's side.
Bytes hello_payload(const Hello& hello, const HelloAnswer& answer, bool by_dialler);

/// Signs messages of one cluster with one key.
class MessageSigner {
 public:
  /// The signer must outlive this object.
  MessageSigner(const Digest& cluster_id, const Signer& signer);

  Signature sign(MessageType type, ByteView payload) const;
  Signature sign_header(const PrePrepareHeader& header) const;
  /// Fills in the signature of a message whose other fields are set.
  void sign(Prepare& vote) const;
  void sign(Commit& vote) const;
  void sign(Checkpoint& vote) const;
  void sign(Status& status) const;
  void sign(Fetch& fetch) const;
  void sign(FetchBody& fetch) const;
  void sign(StateQuery& query) const;
  void sign(StateOffer& offer) const;
  void sign(StateFetch& fetch) const;
  void sign(Rejoin& rejoin) const;
  void sign(ViewChange& view_change) const;
  void sign(NewView& new_view) const;
  void sign(Replies& replies) const;
  void sign(Refusal& refusal) const;
  void sign(MarkQuery& query) const;
  void sign(MarkAnswer& answer) const;
  void sign(HealthQuery& query) const;
  void sign(HealthReport& report) const;
  void sign(LedgerQuery& query) const;
  void sign(LedgerAnswer& answer) const;
  void sign(BlockFetch& fetch) const;
  BundlePtr sign_bundle(ClientId client, Timestamp first, std::span<const Bytes> operations) const;

 private:
  Digest cluster_id_;
  const Signer* signer_;
};

}  // namespace quorate
