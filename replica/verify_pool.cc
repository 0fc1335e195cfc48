#include "replica/verify_pool.h"

#include <utility>

namespace quorate {

VerifyPool::VerifyPool(const Genesis& genesis, const SignatureScheme& scheme, std::size_t helpers)
    : own_(genesis, scheme) {
  for (std::size_t i = 0; i < helpers; ++i) {
    threads_.emplace_back([this, verifier = Verifier(genesis, scheme)]() mutable { help(verifier); });
  }
}

VerifyPool::~VerifyPool() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::vector<VerifyPool::Verdict> VerifyPool::verify(std::vector<Message> messages) {
  messages_ = std::move(messages);
  verdicts_.assign(messages_.size(), std::nullopt);
  next_ = 0;
  // Waking the helpers costs more than one signature.
  const bool shared = !threads_.empty() && messages_.size() > 1;
  if (shared) {
    {
      const std::lock_guard guard(mutex_);
      ++turn_;
      helping_ = threads_.size();
    }
    work_.notify_all();
  }
  check_along(own_);
  if (shared) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return helping_ == 0; });
  }
  std::vector<Verdict> verdicts;
  verdicts.reserve(verdicts_.size());
  for (std::optional<Verdict>& verdict : verdicts_) verdicts.push_back(std::move(*verdict));
  return verdicts;
}

void VerifyPool::check_along(Verifier& verifier) {
  for (std::size_t i = next_++; i < messages_.size(); i = next_++) {
    verdicts_[i].emplace(verifier.verify(std::move(messages_[i])));
  }
}

void VerifyPool::help(Verifier& verifier) {
  std::uint64_t seen = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [&] { return stopping_ || turn_ != seen; });
      if (stopping_) return;
      seen = turn_;
    }
    check_along(verifier);
    const std::lock_guard guard(mutex_);
    if (--helping_ == 0) done_.notify_one();
  }
}

}  // namespace quorate
