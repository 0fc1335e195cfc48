#include "client/client.h"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <limits>
#include <map>

#include "client/links.h"
#include "client/resolver.h"
#include "crypto/random.h"
#include "messages/codec.h"

namespace quorate {
namespace {

using Clock = std::chrono::steady_clock;

SteadyTime steady_now() {
  const auto since_epoch = Clock::now().time_since_epoch();
  return SteadyTime(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()));
}

}  // namespace

/// Kept alive by the handlers that run in it, so a Client may be destroyed at any time.
class Client::Shell : public std::enable_shared_from_this<Client::Shell> {
 public:
  Shell(const asio::any_io_executor& executor, const ClusterFile& cluster, const ClientKey& key,
        const ClientLimits& limits)
      : executor_(executor),
        owned_(key),
        cluster_(cluster.genesis.cluster_id()),
        key_(key.seed),
        signer_(cluster_, key_),
        verifier_(cluster.genesis, scheme_, 0),
        limits_(limits),
        core_(cluster.genesis, key.id, key_, life_of(key), limits.core, steady_now()),
        resolver_(core_, key.memory.get()),
        links_(executor, Identity{key.id, cluster_, &signer_, &verifier_}, cluster.addresses),
        timer_(executor) {}

  void start() {
    resolver_.begin();
    const auto on_change = [this](ReplicaId replica, bool connected) {
      if (connected) {
        core_.connected(replica);
      } else {
        core_.disconnected(replica);
      }
      want_turn();
    };
    links_.start(
        shared_from_this(), [this](ReplicaId from, const std::vector<Bytes>& frames) { take(from, frames); },
        on_change);
  }

  std::optional<OperationId> submit(Timestamp t, Bytes operation, std::function<void(Outcome)> done) {
    const auto refused = [&](ClientError error) {
      call([done = std::move(done), error] { done({error, {}, {}}); });
      return std::nullopt;
    };
    if (closed_) return refused(ClientError::closed);
    if (!failure_.empty()) return refused(ClientError::memory_failed);
    if (waiting_.size() >= limits_.unanswered_max || waiting_bytes_ + operation.size() > limits_.unanswered_bytes_max) {
      return refused(ClientError::overloaded);
    }
    if (t.value != 0 && core_.under_way_at(t)) return refused(ClientError::timestamp_taken);
    const std::size_t bytes = operation.size();
    const OperationId id = t.value != 0 ? core_.submit_at(t, std::move(operation)) : core_.submit(std::move(operation));
    waiting_bytes_ += bytes;
    waiting_.emplace(id, Waiting{Clock::now() + limits_.deadline, bytes, t.value != 0, std::move(done)});
    want_turn();
    return id;
  }

  void allot(std::uint64_t count, std::function<void(Allotment)> done) {
    if (closed_) return call([done = std::move(done)] { done({ClientError::closed, {}}); });
    allotments_.push_back({count, Clock::now() + limits_.deadline, std::move(done)});
    want_turn();
  }

  void resolve(const OperationHandle& handle, std::function<void(Resolution)> done) {
    if (closed_) return call([done = std::move(done)] { done({ClientError::closed, {}}); });
    if (handle.client != owned_.id || handle.cluster != cluster_) {
      return call([done = std::move(done)] { done({ClientError::timestamp_taken, {}}); });
    }
    resolver_.ask({handle.timestamp, handle.operation}, Clock::now() + limits_.deadline,
                  [done = std::move(done)](std::optional<Ending> ending) {
                    if (ending) return done({ClientError::none, *ending});
                    done({ClientError::outcome_unknown, {}});
                  });
    want_turn();
  }

  void cancel(OperationId operation) {
    const auto found = waiting_.find(operation);
    if (found == waiting_.end()) return;
    give_up({found->first}, ClientError::canceled, ClientError::outcome_unknown);
    want_turn();
  }

  void close() {
    if (closed_) return;
    std::vector<OperationId> all;
    for (const auto& [id, waiting] : waiting_) all.push_back(id);
    give_up(all, ClientError::closed, ClientError::closed);
    for (Completion& completion : core_.take_output().completions) complete(completion);
    for (Wanted& wanted : allotments_) call([done = std::move(wanted.done)] { done({ClientError::closed, {}}); });
    resolver_.expire(Clock::time_point::max());
    for (auto& answer : resolver_.take_calls()) call(std::move(answer));
    closed_ = true;
    links_.stop();
    timer_.cancel();
  }

  const ClientCore& core() const { return core_; }
  const std::string& failure() const { return failure_; }

  std::array<std::uint64_t, reject_count> rejected() const {
    auto sums = core_.rejects();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += rejects_[i];
    return sums;
  }

 private:
  struct Waiting {
    Clock::time_point deadline;
    std::size_t bytes = 0;
    bool given = false;  // its t: then it is the caller who remembers it
    std::function<void(Outcome)> done;
  };
  struct Wanted {
    std::uint64_t count = 0;
    Clock::time_point deadline;
    std::function<void(Allotment)> done;
  };

  static ClientLife life_of(const ClientKey& key) {
    ClientLife life{random_u64(), std::nullopt};
    if (key.memory) life.next = key.memory->next().value_or(Timestamp(1));
    return life;
  }

  template <typename Call>
  void call(Call answer) {
    asio::post(executor_, std::move(answer));
  }

  void take(ReplicaId from, const std::vector<Bytes>& frames) {
    for (const Bytes& frame : frames) {
      auto message = decode(frame);
      if (!message) {
        note(message.error());
        continue;
      }
      if (const auto* replies = std::get_if<Replies>(&*message)) core_.hint(from, replies->view_hint);
      if (!core_.wants(*message, from)) continue;
      if (const auto verified = verifier_.verify(std::move(*message))) {
        core_.step(*verified, from);
      } else {
        note(verified.error());
      }
    }
    want_turn();
  }

  void note(Reject reason) { ++rejects_[static_cast<std::size_t>(reason)]; }

  /// Whatever arrives before the turn runs is served by it together.
  void want_turn() {
    if (closed_ || std::exchange(turn_wanted_, true)) return;
    asio::post(executor_, [self = shared_from_this()] {
      self->turn_wanted_ = false;
      if (!self->closed_) self->turn();
    });
  }

  void turn() {
    core_.tick(steady_now());
    const auto now = Clock::now();
    serve_allotments(now);
    expire(now);
    if (failure_.empty()) reserve(0);
    ClientOutput output = core_.take_output();
    if (failure_.empty()) send(output.sends);
    for (Completion& completion : output.completions) complete(completion);
    const auto due = resolver_.expire(now);
    for (auto& answer : resolver_.take_calls()) answer();
    if (closed_) return;  // by a handler, and then there is nothing to wake up for
    arm(output.wake_up, due);
  }

  /// Timestamps are reserved in growing strides, each with a forced write.
  void reserve(std::uint64_t more) {
    const std::uint64_t wanted = core_.timestamps_wanted(more);
    if (wanted == 0 || !owned_.memory) return;
    const Timestamp end = core_.next() + core_.unanswered() + more + stride_;
    stride_ = std::min(stride_ * 2, stride_max);
    if (remembered(owned_.memory->reserve(end))) core_.reserved(end);
  }

  bool remembered(const Result<void>& written) {
    if (!written && failure_.empty()) failure_ = written.error().message;
    return written.has_value();
  }

  void serve_allotments(Clock::time_point now) {
    std::vector<Wanted> later;
    for (Wanted& wanted : allotments_) {
      if (core_.started()) {
        reserve(wanted.count);
        const auto error = failure_.empty() ? ClientError::none : ClientError::memory_failed;
        const Timestamp first = failure_.empty() ? core_.allot(wanted.count) : Timestamp();
        call([done = std::move(wanted.done), error, first] { done({error, first}); });
      } else if (wanted.deadline <= now) {
        call([done = std::move(wanted.done)] { done({ClientError::unreachable, {}}); });
      } else {
        later.push_back(std::move(wanted));
      }
    }
    allotments_ = std::move(later);
  }

  void send(const std::vector<ClientSend>& sends) {
    const Message* encoded = nullptr;
    FramePtr frame;
    for (const ClientSend& send : sends) {
      if (send.message.get() != encoded) {
        encoded = send.message.get();
        frame = frame_of(*encoded);
      }
      links_.send(send.to, frame);
    }
  }

  void complete(Completion& completion) {
    auto waiting = waiting_.extract(completion.operation);
    if (waiting.empty()) return static_cast<void>(remembered(resolver_.take(completion)));
    auto error = ClientError::none;
    if (completion.fate == Fate::never) error = ClientError::timestamp_taken;
    if (completion.fate == Fate::unknown) error = ClientError::too_old;
    answer(waiting.mapped(), {error, std::move(completion.leaf), {}});
  }

  /// Operations whose callers wait no longer: those that have not left are taken back. What was answered this moment
  /// goes on waiting, for the rest of the turn.
  void give_up(const std::vector<OperationId>& operations, ClientError if_withdrawn, ClientError if_left) {
    std::vector<SignedAs> left;
    for (const OperationId id : operations) {
      Outcome outcome{if_withdrawn, {}, {}};
      if (!core_.withdraw(id)) {
        const auto signed_as = core_.pin(id);
        if (!signed_as) continue;
        if (!waiting_.at(id).given) left.push_back(*signed_as);
        resolver_.abandoned(id, *signed_as);
        outcome = {if_left, {}, OperationHandle{cluster_, owned_.id, signed_as->timestamp, signed_as->digest}};
      }
      answer(waiting_.extract(id).mapped(), std::move(outcome));
    }
    if (owned_.memory) remembered(owned_.memory->note_unresolved(left));
  }

  void answer(Waiting& waiting, Outcome outcome) {
    waiting_bytes_ -= waiting.bytes;
    call([done = std::move(waiting.done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
  }

  // Every operation has the same deadline from its submission, so the first to be submitted expires first.
  void expire(Clock::time_point now) {
    std::vector<OperationId> due;
    for (const auto& [id, waiting] : waiting_) {
      if (waiting.deadline > now && failure_.empty()) break;
      due.push_back(id);
    }
    const bool failed = !failure_.empty();
    give_up(due, failed ? ClientError::memory_failed : ClientError::unreachable, ClientError::outcome_unknown);
  }

  void arm(SteadyTime wake_up, Clock::time_point due) {
    auto at = due;
    if (wake_up.value < std::numeric_limits<std::uint64_t>::max() / 2000) {
      at = std::min(at, Clock::time_point(std::chrono::microseconds(wake_up.value)));
    }
    if (!waiting_.empty()) at = std::min(at, waiting_.begin()->second.deadline);
    for (const Wanted& wanted : allotments_) at = std::min(at, wanted.deadline);
    // A timer that fires too early costs one turn; setting it anew at every turn would cost a system call each.
    if (armed_for_ != Clock::time_point() && armed_for_ <= at) return;
    armed_for_ = at;
    if (at == Clock::time_point::max()) return;
    timer_.expires_at(at);
    timer_.async_wait([self = shared_from_this()](const asio::error_code& cancelled) {
      if (cancelled) return;
      self->armed_for_ = {};
      self->want_turn();
    });
  }

  static constexpr std::uint64_t stride_max = 16'384;

  asio::any_io_executor executor_;
  ClientKey owned_;
  Digest cluster_;
  Ed25519Signer key_;
  Ed25519Scheme scheme_;
  MessageSigner signer_;
  Verifier verifier_;
  ClientLimits limits_;
  ClientCore core_;
  Resolver resolver_;
  Links links_;
  asio::steady_timer timer_;
  Clock::time_point armed_for_;  // the epoch: not armed
  std::map<OperationId, Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<Wanted> allotments_;
  std::uint64_t stride_ = 64;
  std::string failure_;                                // of the memory
  std::array<std::uint64_t, reject_count> rejects_{};  // before the core
  bool turn_wanted_ = false;
  bool closed_ = false;
};

Client::Client(const asio::any_io_executor& executor, const ClusterFile& cluster, const ClientKey& key,
               const ClientLimits& limits)
    : executor_(executor), shell_(std::make_shared<Shell>(executor, cluster, key, limits)) {
  shell_->start();
}

Client::~Client() { shell_->close(); }

std::optional<OperationId> Client::submit(Timestamp t, Bytes operation, std::function<void(Outcome)> done) {
  return shell_->submit(t, std::move(operation), std::move(done));
}
void Client::allot(std::uint64_t count, std::function<void(Allotment)> done) { shell_->allot(count, std::move(done)); }
void Client::resolve(const OperationHandle& handle, std::function<void(Resolution)> done) {
  shell_->resolve(handle, std::move(done));
}
void Client::cancel(const std::weak_ptr<Shell>& shell, OperationId operation) {
  if (const auto held = shell.lock()) held->cancel(operation);
}
std::size_t Client::unanswered() const { return shell_->core().unanswered(); }
std::uint32_t Client::connected() const { return shell_->core().connected_count(); }
View Client::view() const { return shell_->core().view(); }
std::array<std::uint64_t, reject_count> Client::rejected() const { return shell_->rejected(); }
std::string Client::failure() const { return shell_->failure(); }
void Client::close() { shell_->close(); }

}  // namespace quorate
