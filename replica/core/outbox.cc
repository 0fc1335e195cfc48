#include "replica/core/outbox.h"

#include <memory>
#include <utility>

namespace quorate {

RecordNumber Outbox::record(LogRecord record) {
  ++last_record_;
  output_.records.push_back({last_record_, std::move(record)});
  return last_record_;
}

void Outbox::send(Destination to, Message message, RecordNumber waits_for) {
  output_.sends.push_back({to, std::make_shared<const Message>(std::move(message)), waits_for});
}

void Outbox::vote(const OwnVote& vote, RecordNumber waits_for) {
  std::visit([&](const auto& own) { send(ToAllReplicas{}, own, waits_for); }, vote);
  waiting_.push_back({waits_for, vote});
}

std::vector<OwnVote> Outbox::persisted(RecordNumber through) {
  std::vector<OwnVote> counting;
  while (!waiting_.empty() && waiting_.front().record <= through) {
    counting.push_back(waiting_.front().vote);
    waiting_.pop_front();
  }
  return counting;
}

Output Outbox::take() { return std::exchange(output_, {}); }

}  // namespace quorate
