#include "tests/cluster/recorder.h"

#include <chrono>
#include <utility>

#include "crypto/check.h"

namespace quorate::cluster_tests {
namespace {

std::uint64_t now_us() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

}  // namespace

Recorder::Recorder(asio::io_context& context, const std::filesystem::path& cluster_file, const Options& options)
    : options_(options) {
  const auto cluster = read_cluster_file(cluster_file);
  check(cluster.has_value(), "the cluster file can be read");
  for (std::size_t i = 0; i < options_.clients; ++i) {
    const auto key = take_client_key(cluster_file, *cluster);
    check(key.has_value(), "a client key is free");
    callers_.push_back({std::make_unique<LastingClient>(context, *cluster, *key), 0});
  }
  begin_history();
  refill();
}

void Recorder::begin_history() {
  contention_ = std::make_unique<Contention>("recorded/" + std::to_string(begun_) + "/", options_.seed + begun_);
  ++begun_;
}

void Recorder::refill() {
  for (Caller& caller : callers_) {
    while (!stopped_ && caller.under_way < options_.under_way_max &&
           history_.calls().size() < options_.calls_per_history) {
      call(caller);
    }
  }
}

void Recorder::call(Caller& caller) {
  Bytes operation = contention_->draw();
  const std::uint64_t id = made_++;
  const Digest name = Hasher("recorded call").u64(id).finish();
  history_.call(name, {caller.client->id().value, id, operation, now_us(), {}, {}});
  ++under_way_;
  ++caller.under_way;
  caller.client->execute(
      operation, [this, &caller, name, operation](const Outcome& outcome) { take(caller, name, operation, outcome); });
}

void Recorder::take(Caller& caller, const Digest& name, const Bytes& operation, const Outcome& outcome) {
  --under_way_;
  --caller.under_way;
  if (outcome.error == ClientError::none) {
    const Leaf& leaf = outcome.leaf;
    ++answered_;
    history_.answer(name, {now_us(), leaf.status, leaf.result});
    history_.hint(name, {leaf.n, leaf.index});
    if (const auto result = decode_result(leaf.result)) contention_->saw(operation, *result);
  } else {
    ++failed_;
  }
  const bool over = stopped_ || history_.calls().size() == options_.calls_per_history;
  if (over && under_way_ == 0) {
    complete_.push_back(std::exchange(history_, {}));
    begin_history();
  }
  refill();
}

}  // namespace quorate::cluster_tests
