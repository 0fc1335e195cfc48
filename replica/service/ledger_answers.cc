#include "replica/service/ledger_answers.h"

#include <algorithm>
#include <utility>

#include "messages/limits.h"

namespace quorate {

std::uint64_t blocks_for(const LedgerQuery& query) { return std::max<std::uint64_t>(query.count, 1); }

LedgerAnswer ledger_answer(ReplicaId self, const LedgerQuery& query, const LedgerHoldings& holdings) {
  LedgerAnswer answer;
  answer.replica = self;
  answer.client = query.client;
  answer.nonce = query.nonce;
  answer.oldest = holdings.oldest;
  answer.newest = holdings.newest;
  SequenceNumber next = query.first;
  std::size_t bytes = 0;
  auto mark = holdings.marks.begin();
  for (const Block& block : holdings.blocks) {
    if (block.n < next) continue;
    if (block.n != next || block.n - query.first >= blocks_for(query)) break;
    LedgerEntry entry{block, std::nullopt, nullptr};
    while (mark != holdings.marks.end() && mark->certificate.n < block.n) ++mark;
    if (mark != holdings.marks.end() && mark->certificate.n == block.n) {
      if (query.wants.certificates) entry.certificate = mark->certificate;
      if (query.wants.bodies) entry.batch = mark->batch;
    }
    if (entry.batch) bytes += entry.batch->body().size();
    if (bytes > limits::ledger_bytes_max && !answer.entries.empty()) break;
    answer.head_n = block.n;
    answer.head = block.digest();
    if (query.count != 0) answer.entries.push_back(std::move(entry));
    ++next;
  }
  return answer;
}

std::vector<Block> joined(std::vector<Block> durable, const std::vector<Block>& newer) {
  for (const Block& block : newer) {
    if (durable.empty() || block.n == durable.back().n + 1) durable.push_back(block);
  }
  return durable;
}

}  // namespace quorate
