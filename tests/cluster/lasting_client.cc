#include "tests/cluster/lasting_client.h"

#include <utility>

#include "tests/cluster/patience.h"

namespace quorate::cluster_tests {

LastingClient::LastingClient(asio::io_context& context, const ClusterFile& cluster, const ClientKey& key)
    : context_(context), cluster_(cluster), key_(key) {
  begin_life();
}

void LastingClient::begin_life() {
  life_ = std::make_shared<const int>(0);
  client_ = std::make_unique<Client>(context_.get_executor(), cluster_, key_, patient_limits());
  allotting_ = false;
  for (const auto& [t, asked] : asked_) submit(t);
  allot();
}

void LastingClient::renew() {
  client_->close();
  begin_life();
}

void LastingClient::execute(Bytes operation, Done done) {
  waiting_.push_back({std::move(operation), std::move(done)});
  allot();
}

void LastingClient::allot() {
  if (waiting_.empty() || std::exchange(allotting_, true)) return;
  const std::size_t count = waiting_.size();
  client_->async_allot(count, [this, count, life = std::weak_ptr(life_)](const Allotment& allotment) {
    if (life.expired()) return;
    allotting_ = false;
    for (std::size_t i = 0; i < count; ++i) {
      Asked asked = std::move(waiting_.front());
      waiting_.pop_front();
      if (allotment.error != ClientError::none) {
        asked.done({allotment.error, {}, {}});
        continue;
      }
      asked_.emplace(allotment.first + i, std::move(asked));
      submit(allotment.first + i);
    }
    allot();
  });
}

void LastingClient::submit(Timestamp t) {
  client_->async_execute_at(t, asked_.at(t).operation, [this, t, life = std::weak_ptr(life_)](const Outcome& outcome) {
    if (life.expired()) return;
    const Asked asked = std::move(asked_.extract(t).mapped());
    asked.done(outcome);
  });
}

}  // namespace quorate::cluster_tests
