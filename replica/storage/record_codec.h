// Log records as keys and values of the log environment: pure, no LMDB. Layout: README.md, "Log environment".
//
// Every value is sealed (seal.h) but a body: its key holds its digest, which is checksum enough. The certificates and
// the pre-prepare start alike, with view and digest, so that the digest can be read without the rest.
#pragma once

#include <optional>
#include <string>

#include "messages/messages.h"

namespace quorate {

enum class RecordKind : std::uint8_t {
  identity = 0,        // whose store this is (store_identity.h)
  accepted = 1,        // n → the signed header of the accepted pre-prepare
  body = 2,            // n, digest → the batch's bytes
  prepared = 3,        // n → prepared certificate
  committed = 4,       // n → commit certificate: the mark "committed(n, d)"
  own_checkpoint = 5,  // n → own CHECKPOINT
  stable = 6,          // the newest stable checkpoint's proof
  collected = 7,       // bodies_collected
  view_change = 8,     // our own newest VIEW-CHANGE
  new_view = 9,        // the newest NEW-VIEW that was accepted
  mute = 10,           // the nonce of the loss that made this replica mute
};

/// Keys sort by kind, then by n.
Bytes record_key(RecordKind kind, SequenceNumber n);
Bytes body_key(SequenceNumber n, const Digest& digest);
/// The one key of a kind without n: identity, stable, collected, view_change, new_view, mute.
Bytes single_key(RecordKind kind);

struct RecordKey {
  RecordKind kind = RecordKind::identity;
  SequenceNumber n;
  Digest digest;  // of a body
};
/// Nothing when the bytes are no key of the log.
std::optional<RecordKey> decode_key(ByteView key);
/// "prepared certificate 17", for messages to people.
std::string describe(const RecordKey& key);

Bytes encode_accepted(const PrePrepare& pre_prepare);  // without the body
Bytes encode_prepared(const PreparedCertificate& certificate);
Bytes encode_committed(const CommitCertificate& certificate);
Bytes encode_own_checkpoint(const Checkpoint& checkpoint);
Bytes encode_stable(const StableCheckpoint& proof);
Bytes encode_collected(SequenceNumber n);
Bytes encode_view_change(const ViewChange& view_change);
Bytes encode_new_view(const NewView& new_view);
Bytes encode_mute(std::uint64_t nonce);

/// The inverses: nothing when the checksum or the layout is wrong.
std::optional<PrePrepare> decode_accepted(SequenceNumber n, ByteView value);  // batch null
std::optional<PreparedCertificate> decode_prepared(SequenceNumber n, ByteView value);
std::optional<CommitCertificate> decode_committed(SequenceNumber n, ByteView value);
std::optional<Checkpoint> decode_own_checkpoint(SequenceNumber n, ByteView value);
std::optional<StableCheckpoint> decode_stable(ByteView value);
std::optional<SequenceNumber> decode_collected(ByteView value);
ViewChangePtr decode_view_change(ByteView value);  // null for nothing
NewViewPtr decode_new_view(ByteView value);
std::optional<std::uint64_t> decode_mute(ByteView value);
/// The batch, when the bytes are one and hash to `digest`.
BatchPtr decode_body(const Digest& digest, ByteView value);

/// The digest in a value of kind accepted, prepared or committed, checksum unread; nothing when it is too short.
std::optional<Digest> digest_in(ByteView value);

}  // namespace quorate
