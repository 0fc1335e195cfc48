// What leaves the core: numbered records, sends that name the record they wait for, and our own votes on their way.
//
// A replica counts its own vote only once that vote could have left (replica/README.md, "Own votes"): `vote` sends it
// behind its record and `persisted` hands it back for counting when the record is durable.
#pragma once

#include <deque>
#include <variant>
#include <vector>

#include "replica/core/core.h"

namespace quorate {

using OwnVote = std::variant<Prepare, Commit, Checkpoint, ViewChangePtr>;

class Outbox {
 public:
  /// Hands a record to the log.
  RecordNumber record(LogRecord record);
  /// The newest record that was handed out.
  RecordNumber last_record() const { return last_record_; }
  /// Sends a message once `waits_for` is durable.
  void send(Destination to, Message message, RecordNumber waits_for = {});
  /// Sends our vote to all once `waits_for` is durable; from then on it also counts here.
  void vote(const OwnVote& vote, RecordNumber waits_for);
  /// Records through this one are durable. Our votes that count from now on.
  std::vector<OwnVote> persisted(RecordNumber through);

  /// What else is handed out with the next take.
  Output& next() { return output_; }
  Output take();

 private:
  struct Waiting {
    RecordNumber record;
    OwnVote vote;
  };

  RecordNumber last_record_;
  std::deque<Waiting> waiting_;  // ascending records
  Output output_;
};

}  // namespace quorate
