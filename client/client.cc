#include "client/client.h"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <limits>
#include <map>

#include "client/links.h"
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
  Shell(const asio::any_io_executor& executor, const ClusterFile& cluster, ClientId self, const SecretSeed& seed,
        const ClientLimits& limits)
      : executor_(executor),
        key_(seed),
        signer_(cluster.genesis.cluster_id(), key_),
        verifier_(cluster.genesis, scheme_, 0),
        deadline_(limits.deadline),
        core_(cluster.genesis, self, key_, random_u64(), limits.core, steady_now()),
        links_(executor, Identity{self, cluster.genesis.cluster_id(), &signer_, &verifier_}, cluster.addresses),
        timer_(executor) {}

  void start() {
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

  void submit(Bytes operation, std::function<void(Outcome)> done) {
    if (closed_) {
      return asio::post(executor_, [done = std::move(done)] { done({ClientError::closed, {}}); });
    }
    const OperationId id = core_.submit(std::move(operation));
    waiting_.emplace(id, Waiting{Clock::now() + deadline_, std::move(done)});
    want_turn();
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    links_.stop();
    timer_.cancel();
    for (auto& [id, waiting] : std::exchange(waiting_, {})) {
      asio::post(executor_, [done = std::move(waiting.done)] { done({ClientError::closed, {}}); });
    }
  }

  const ClientCore& core() const { return core_; }

  std::array<std::uint64_t, reject_count> rejected() const {
    auto sums = core_.rejects();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += rejects_[i];
    return sums;
  }

 private:
  struct Waiting {
    Clock::time_point deadline;
    std::function<void(Outcome)> done;
  };

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
    expire();
    ClientOutput output = core_.take_output();
    send(output.sends);
    for (Completion& completion : output.completions) complete(completion);
    if (closed_) return;  // by a handler, and then there is nothing to wake up for
    arm(output.wake_up);
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
    if (waiting.empty()) return;  // its deadline has passed
    const bool executed = completion.fate == Fate::executed;
    waiting.mapped().done({executed ? ClientError::none : ClientError::outcome_unknown, std::move(completion.leaf)});
  }

  // Every operation has the same deadline from its submission, so the first to be submitted expires first.
  void expire() {
    const auto now = Clock::now();
    while (!waiting_.empty() && waiting_.begin()->second.deadline <= now) {
      const bool never_left = core_.withdraw(waiting_.begin()->first);
      const auto waiting = waiting_.extract(waiting_.begin());
      waiting.mapped().done({never_left ? ClientError::unreachable : ClientError::outcome_unknown, {}});
    }
  }

  void arm(SteadyTime wake_up) {
    auto at = Clock::time_point::max();
    if (wake_up.value < std::numeric_limits<std::uint64_t>::max() / 2000) {
      at = Clock::time_point(std::chrono::microseconds(wake_up.value));
    }
    if (!waiting_.empty()) at = std::min(at, waiting_.begin()->second.deadline);
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

  asio::any_io_executor executor_;
  Ed25519Signer key_;
  Ed25519Scheme scheme_;
  MessageSigner signer_;
  Verifier verifier_;
  std::chrono::milliseconds deadline_;
  ClientCore core_;
  Links links_;
  asio::steady_timer timer_;
  Clock::time_point armed_for_;  // the epoch: not armed
  std::map<OperationId, Waiting> waiting_;
  std::array<std::uint64_t, reject_count> rejects_{};  // before the core
  bool turn_wanted_ = false;
  bool closed_ = false;
};

Client::Client(const asio::any_io_executor& executor, const ClusterFile& cluster, ClientId self, const SecretSeed& seed,
               const ClientLimits& limits)
    : executor_(executor), shell_(std::make_shared<Shell>(executor, cluster, self, seed, limits)) {
  shell_->start();
}

Client::~Client() { shell_->close(); }

void Client::submit(Bytes operation, std::function<void(Outcome)> done) {
  shell_->submit(std::move(operation), std::move(done));
}
std::size_t Client::unanswered() const { return shell_->core().unanswered(); }
std::uint32_t Client::connected() const { return shell_->core().connected_count(); }
View Client::view() const { return shell_->core().view(); }
std::array<std::uint64_t, reject_count> Client::rejected() const { return shell_->rejected(); }
void Client::close() { shell_->close(); }

}  // namespace quorate
