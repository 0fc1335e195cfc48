// What the core asks to be made durable, and what of it is there after a restart.
//
// Records are handed out in order and become durable in that order. LogImage is the log's content as a value: applying
// the durable records to an empty image gives exactly what a restart finds. LMDB (replica/storage) and the simulator's
// virtual disk are two stores of the same image. Sources: OSDI'99 section 4.4 and 4.3; replica/README.md, "Durability".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "messages/messages.h"

namespace quorate {

/// Position of a record in the order in which this process handed them out, from 1; 0 waits for nothing.
using RecordNumber = Strong<struct RecordNumberTag, std::uint64_t>;

/// The accepted pre-prepare with its body; before PRE-PREPARE or PREPARE leaves.
struct AcceptedRecord {
  PrePrepare pre_prepare;
};
/// Before COMMIT leaves.
struct PreparedRecord {
  PreparedCertificate certificate;
};
/// The mark "committed(n, d)" with its proof. `batch` is set only when no AcceptedRecord for (n, d) holds the body.
/// Nothing waits for it but CHECKPOINTs.
struct CommittedRecord {
  CommitCertificate certificate;
  BatchPtr batch;
};
/// Before CHECKPOINT leaves.
struct OwnCheckpointRecord {
  Checkpoint checkpoint;
};
/// Raises h to n; in one transaction with (or before) the CollectRecord that drops what h covers.
struct StableRecord {
  StableCheckpoint proof;
};
/// Drops certificates, accepted pre-prepares and own CHECKPOINTs at or below `votes_through` (≤ h; own CHECKPOINTs of
/// exactly h stay). Bodies and marks at or below `bodies_through` (≤ min(h, s)) leave the image and stay readable as
/// retained batches until the retention size is exceeded, oldest first.
struct CollectRecord {
  SequenceNumber votes_through;
  SequenceNumber bodies_through;
};

/// Before VIEW-CHANGE leaves: from here on no vote of a view before `view_change.view` is signed.
struct ViewChangeRecord {
  ViewChangePtr view_change;  // our own
};
/// Before NEW-VIEW, or any vote in its view, leaves. Kept until a later one is there.
struct NewViewRecord {
  NewViewPtr new_view;
};

/// Votes may be forgotten: from here on this replica is mute.
struct MuteRecord {
  std::uint64_t nonce = 0;  // of this loss
};
/// The replica votes again; behind the StableRecord of a checkpoint at or above its floor. Before any vote leaves.
struct SpeakRecord {};

using LogRecord = std::variant<AcceptedRecord, PreparedRecord, CommittedRecord, OwnCheckpointRecord, StableRecord,
                               CollectRecord, ViewChangeRecord, NewViewRecord, MuteRecord, SpeakRecord>;

/// A record and its place in the order.
struct NumberedRecord {
  RecordNumber number;
  LogRecord record;
};

/// A prepared certificate and the body that it names, which a later view's pre-prepare must not push out.
struct PreparedBatch {
  PreparedCertificate certificate;
  BatchPtr batch;
};

struct LogImage {
  std::optional<StableCheckpoint> stable;              // proves h; absent while h = 0
  SequenceNumber bodies_collected;                     // every body at or below has left the image
  std::map<SequenceNumber, PrePrepare> accepted;       // of the highest view; batch null if null batch
  std::map<SequenceNumber, PreparedBatch> prepared;    // of the highest view
  std::map<SequenceNumber, CommittedBatch> committed;  // marks with their bodies
  std::map<SequenceNumber, Checkpoint> own_checkpoints;
  ViewChangePtr view_change;          // our own newest; null: none
  NewViewPtr new_view;                // the newest that was accepted; null: view 0
  std::optional<std::uint64_t> mute;  // the nonce of the loss; nothing: it votes

  void apply(const LogRecord& record);
};

}  // namespace quorate
