#include "client/command/asker.h"

#include <utility>

namespace quorate::command {
namespace {

template <typename... Expected>
bool is_one_of(const auto& result) {
  return (std::holds_alternative<Expected>(result) || ...);
}

/// Whether this can be the answer to the operation. If not, more than f replicas lie.
struct Fits {
  const Answer& answer;

  bool done() const { return answer.status == OperationStatus::done; }
  bool operator()(const Get&) const { return done() && is_one_of<Found, NotFound>(answer.result); }
  bool operator()(const Put&) const { return done() && is_one_of<Written>(answer.result); }
  bool operator()(const Delete&) const { return done() && is_one_of<Deleted>(answer.result); }
  bool operator()(const Scan&) const { return done() && is_one_of<Page>(answer.result); }
  bool operator()(const Add&) const {
    return is_one_of<Sum>(answer.result) ? done() : is_one_of<Failed>(answer.result);
  }
  bool operator()(const Transaction& transaction) const {
    if (answer.status == OperationStatus::failed) return is_one_of<TransactionFailed>(answer.result);
    const auto* result = std::get_if<TransactionResult>(&answer.result);
    if (result == nullptr || done() != (result->branch == Branch::then)) return false;
    const auto& branch = done() ? transaction.then : transaction.otherwise;
    if (branch.size() != result->results.size()) return false;
    for (std::size_t i = 0; i < branch.size(); ++i) {
      Answer part;
      part.result = std::visit([](const auto& simple) { return OperationResult(simple); }, result->results[i]);
      if (!std::visit(Fits{part}, branch[i])) return false;
    }
    return true;
  }
};

}  // namespace

Result<void> Asker::open() {
  if (session_) return {};
  auto session = Session::open(target_);
  if (!session) return tl::unexpected(session.error());
  session_ = std::move(*session);
  return {};
}

tl::expected<Answer, Status> Asker::ask(const Operation& operation) {
  if (const auto opened = open(); !opened) return tl::unexpected(fail(Status::usage, opened.error().message));
  auto answer = session_->execute(operation);
  if (!answer) return tl::unexpected(fail(Status::usage, answer.error().message));
  if (answer->error == ClientError::none && !std::visit(Fits{*answer}, operation)) {
    answer->error = ClientError::outcome_unknown;
  }
  if (answer->error != ClientError::none) return tl::unexpected(fail(target_, session_->client(), *answer));
  return std::move(*answer);
}

Result<void> Asker::begin(const Operation& operation, std::function<void(const Answer&)> done) {
  if (auto opened = open(); !opened) return opened;
  auto bytes = encode_operation(operation);
  if (!bytes) return tl::unexpected(bytes.error());
  async_execute(session_->client(), std::move(*bytes),
                [done = std::move(done)](const Answer& answer) { done(answer); });
  return {};
}

}  // namespace quorate::command
