#include "replica/ledger_exchange.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "messages/limits.h"
#include "replica/failed_write.h"
#include "replica/moment_now.h"
#include "replica/service/ledger_answers.h"
#include "replica/service/state_layout.h"
#include "replica/service/state_proof.h"
#include "replica/service/state_tree.h"

namespace quorate {
namespace {

constexpr auto tick_interval = std::chrono::milliseconds(20);
constexpr std::size_t proofs_max = 4;  // h may lag behind the durable state by some checkpoints

Result<LedgerHoldings> holdings_for(const LedgerQuery& query, const StateStore& state, const LogStore& log,
                                    const std::vector<Block>& newer) {
  auto durable = state.read_blocks(query.first, blocks_for(query));
  if (!durable) return tl::unexpected<Error>(durable.error());
  LedgerHoldings holdings{durable->range.oldest, durable->range.newest, {}, {}};
  if (!newer.empty()) {
    if (holdings.oldest.value == 0) holdings.oldest = newer.front().n;
    holdings.newest = std::max(holdings.newest, newer.back().n);
  }
  holdings.blocks = joined(std::move(durable->blocks), newer);
  if (query.count == 0 || !(query.wants.certificates || query.wants.bodies)) return holdings;
  auto marks = log.read_marks(query.first, query.count, query.wants.bodies, limits::ledger_bytes_max);
  if (!marks) return tl::unexpected<Error>(marks.error());
  holdings.marks = std::move(*marks);
  return holdings;
}

/// The blocks that end with `last`; none if that one is not there.
Result<std::vector<Block>> run_for(const BlockFetch& fetch, const StateStore& state, const std::vector<Block>& newer) {
  const std::uint64_t count = std::min<std::uint64_t>(fetch.count, fetch.last.value);
  const SequenceNumber first(fetch.last.value - count + 1);
  auto durable = state.read_blocks(first, count);
  if (!durable) return tl::unexpected<Error>(durable.error());
  std::vector<Block> run = joined(std::move(durable->blocks), newer);
  std::erase_if(run, [&](const Block& block) { return block.n < first || block.n > fetch.last; });
  if (count == 0 || run.empty() || run.back().n != fetch.last) run.clear();
  return run;
}

}  // namespace

LedgerExchange::LedgerExchange(asio::io_context& main, const Genesis& genesis, ReplicaId self,
                               const MessageSigner& signer, const Service& service, StateStore& state,
                               const LogStore& log, StateThread& thread, OnSend on_send, OnAnswer on_answer)
    : main_(main),
      self_(self),
      signer_(signer),
      service_(service),
      state_(state),
      log_(log),
      thread_(thread),
      on_send_(std::move(on_send)),
      on_answer_(std::move(on_answer)),
      fetching_(genesis, self, signer),
      timer_(main) {}

LedgerExchange::~LedgerExchange() { stop(); }

void LedgerExchange::stop() {
  timer_.cancel();
  reading_.stop();
  reading_.join();
}

void LedgerExchange::note(const Result<void>& read) {
  if (read || !read_failures_.take(moment_now().steady)) return;
  spdlog::error("cannot read the ledger: {}", read.error().message);
}

// --- answering ---

bool LedgerExchange::step(ReplicaId from, const Message& message) {
  if (const auto* fetch = std::get_if<BlockFetch>(&message)) {
    if (fetch->replica == from) serve(from, *fetch);
  } else if (const auto* run = std::get_if<BlockRun>(&message)) {
    take(fetching_.step(*run, from, moment_now().steady));
  } else {
    return false;
  }
  return true;
}

void LedgerExchange::answer(const LedgerQuery& query) {
  std::uint32_t& waiting = clients_waiting_[query.client];
  if (waiting >= answers_waiting_max) return;
  ++waiting;
  if (newest_mark_ > durable_ && (query.wants.certificates || query.wants.bodies)) {
    held_.emplace_back(newest_mark_, query);
  } else {
    read(query);
  }
}

void LedgerExchange::noted(const std::vector<NumberedRecord>& records) {
  for (const NumberedRecord& record : records) {
    if (std::holds_alternative<CommittedRecord>(record.record)) newest_mark_ = record.number;
    if (const auto* raised = std::get_if<StableRecord>(&record.record)) stable(raised->proof);
  }
}

void LedgerExchange::durable(RecordNumber through) {
  durable_ = through;
  for (; !held_.empty() && held_.front().first <= through; held_.pop_front()) read(held_.front().second);
}

void LedgerExchange::read(const LedgerQuery& query) {
  asio::post(reading_, [this, query, newer = state_.newest_blocks()] {
    const auto holdings = holdings_for(query, state_, log_, newer);
    LedgerAnswer answer;
    if (holdings) answer = ledger_answer(self_, query, *holdings);
    signer_.sign(answer);
    asio::post(main_, [this, query, answer = std::move(answer), read = holdings.map([](auto&&) {})]() mutable {
      --clients_waiting_[query.client];
      note(read);
      if (!read) return;
      if (query.wants.checkpoint) answer.checkpoint = checkpoint_;
      on_answer_(query.client, std::move(answer));
    });
  });
}

void LedgerExchange::serve(ReplicaId peer, const BlockFetch& fetch) {
  std::uint32_t& waiting = peers_waiting_[peer];
  if (waiting >= answers_waiting_max) return;
  ++waiting;
  asio::post(reading_, [this, peer, fetch, newer = state_.newest_blocks()] {
    auto run = run_for(fetch, state_, newer);
    asio::post(main_, [this, peer, last = fetch.last, run = std::move(run)] {
      --peers_waiting_[peer];
      note(run.map([](auto&&) {}));
      if (run) on_send_(peer, BlockRun{last, *run});
    });
  });
}

// --- the newest checkpoint, with the proof that its state names the ledger's head ---

void LedgerExchange::stable(const StableCheckpoint& proof) {
  stable_ = proof;
  pair_up();
}

void LedgerExchange::committed() { prove_newest(); }

void LedgerExchange::prove_newest() {
  asio::post(reading_, [this] {
    const StateViewPtr view = state_.view();
    if (!view || view->n().value == 0) return;
    auto proof = prove_entry(*view, state_layout::meta_key());
    if (!proof) return;
    const Digest root = state_tree::root_digest(state_tree::top(view->nodes()));
    asio::post(main_, [this, n = view->n(), proof = Proof{root, std::move(*proof)}] {
      proofs_.insert_or_assign(n, proof);
      if (proofs_.size() > proofs_max) proofs_.erase(proofs_.begin());
      pair_up();
    });
  });
}

void LedgerExchange::pair_up() {
  if (!stable_) return;
  const auto proof = proofs_.find(stable_->n);
  if (proof == proofs_.end() || proof->second.root != stable_->root) return;
  checkpoint_ = LedgerCheckpoint{*stable_, proof->second.proof};
}

// --- blocks that are missing ---

void LedgerExchange::installed() {
  fetching_.want(std::nullopt);
  proofs_.clear();
  look_for_missing();
}

void LedgerExchange::look_for_missing() {
  if (!state_.whole()) return;
  const std::vector<Block> newer = state_.newest_blocks();
  BlockFetching::Missing head{service_.last_executed(), service_.ledger_head()};
  if (!newer.empty()) head = {newer.front().n - 1, newer.front().previous};
  asio::post(reading_, [this, head, count = newer.size()] {
    auto missing = head;
    std::uint64_t held = count;
    auto durable = state_.read_blocks(SequenceNumber(), 0);
    if (durable && durable->range.count() != 0) {
      durable = state_.read_blocks(durable->range.oldest, 1);
      held = state_.blocks_max();  // if it cannot be read nothing is fetched
      if (durable && !durable->blocks.empty()) {
        missing = {durable->blocks.front().n - 1, durable->blocks.front().previous};
        held = count + durable->range.count();
      }
    }
    missing.count = held < state_.blocks_max() ? state_.blocks_max() - held : 0;
    asio::post(main_, [this, missing, read = durable.map([](auto&&) {})] {
      note(read);
      if (!read || missing.count == 0 || missing.last.value == 0) return;
      fetching_.want(missing);
      ask();
    });
  });
}

void LedgerExchange::ask() {
  if (!fetching_.wants_some()) return;
  if (const auto question = fetching_.tick(moment_now().steady)) on_send_(question->first, question->second);
  timer_.expires_after(tick_interval);
  timer_.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled) ask();
  });
}

void LedgerExchange::take(const std::vector<Block>& blocks) {
  if (blocks.empty()) return;
  thread_.run([this, blocks] {
    if (auto written = state_.prepend(blocks); !written) end_after_failed_write("state", written.error());
    asio::post(main_, [this] { look_for_missing(); });
  });
}

}  // namespace quorate
