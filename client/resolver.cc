#include "client/resolver.h"

#include <algorithm>
#include <utility>

#include "messages/operation.h"

namespace quorate {
namespace {

bool same(const SignedAs& a, const SignedAs& b) { return a.timestamp == b.timestamp && a.digest == b.digest; }

Bytes nothing_to_do() { return encode_operation(Transaction{}).value(); }

}  // namespace

void Resolver::begin() {
  if (memory_ == nullptr) return;
  for (const auto& [t, digest] : memory_->unresolved()) {
    probes_.emplace(core_.submit_at(t, nothing_to_do()), SignedAs{t, digest});
  }
}

void Resolver::ask(const SignedAs& operation, Time deadline, Done done) {
  if (memory_ != nullptr) {
    if (const auto known = memory_->ending_of(operation)) {
      calls_.push_back([done = std::move(done), known] { done(known); });
      return;
    }
  }
  questions_.push_back({operation, deadline, std::move(done)});
  if (!core_.under_way_at(operation.timestamp)) {
    probes_.emplace(core_.submit_at(operation.timestamp, nothing_to_do()), operation);
  }
}

Result<void> Resolver::take(const Completion& completion) {
  SignedAs asked;
  Ending ending = Ending::lost;
  if (const auto probe = probes_.extract(completion.operation)) {
    asked = probe.mapped();
    const bool stands = completion.leaf.operation_digest == asked.digest;
    if (completion.fate != Fate::unknown) ending = stands ? Ending::executed : Ending::never;
  } else if (const auto watched = watched_.extract(completion.operation)) {
    asked = watched.mapped();
    if (completion.fate != Fate::unknown) ending = completion.fate == Fate::executed ? Ending::executed : Ending::never;
  } else {
    return {};
  }
  answer(asked, ending);
  return memory_ != nullptr ? memory_->resolve(asked, ending) : Result<void>();
}

void Resolver::answer(const SignedAs& operation, Ending ending) {
  for (auto question = questions_.begin(); question != questions_.end();) {
    if (question->operation.timestamp != operation.timestamp) {
      ++question;
      continue;
    }
    // Asked about another operation than the one that is known to stand there.
    const auto told = same(question->operation, operation) || ending == Ending::lost ? ending : Ending::never;
    calls_.push_back([done = std::move(question->done), told] { done(told); });
    question = questions_.erase(question);
  }
}

Resolver::Time Resolver::expire(Time now) {
  Time next = Time::max();
  for (auto question = questions_.begin(); question != questions_.end();) {
    if (question->deadline > now) {
      next = std::min(next, question->deadline);
      ++question;
      continue;
    }
    calls_.push_back([done = std::move(question->done)] { done(std::nullopt); });
    question = questions_.erase(question);
  }
  return next;
}

}  // namespace quorate
