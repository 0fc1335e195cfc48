#include "client/ledger_proof.h"

#include <algorithm>
#include <set>
#include <utility>

#include "client/state_proof.h"
#include "crypto/check.h"
#include "crypto/merkle.h"

namespace quorate {
namespace {

using Kind = LedgerFailure::Kind;

tl::unexpected<LedgerFailure> fault(Kind kind, std::string text) {
  return tl::unexpected(LedgerFailure{kind, std::move(text)});
}

tl::unexpected<LedgerFailure> lie(std::string text) { return fault(Kind::lie, std::move(text)); }

std::string block_name(SequenceNumber n) { return "block " + std::to_string(n.value); }

/// What the state's record of the ledger says (replica/service/README.md, "State layout").
struct Head {
  SequenceNumber n;
  Digest block;
};

std::optional<Head> parse_head(ByteView record) {
  ByteReader in(record);
  Head head;
  head.n = SequenceNumber(in.u64());
  head.block.bytes = in.array<Digest::size>();
  in.u64();  // agreed time
  if (!in.finished()) return std::nullopt;
  return head;
}

}  // namespace

LedgerProof::LedgerProof(const Genesis& genesis, const SignatureScheme& scheme)
    : genesis_(genesis), verifier_(genesis, scheme) {}

tl::expected<LedgerAnswer, LedgerFailure> LedgerProof::ask(LedgerSource& source, SequenceNumber first,
                                                           std::uint64_t count, LedgerWants wants) {
  const auto asked = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, page));
  auto answer = source.ask(first, asked, wants);
  if (!answer) return fault(Kind::silent, "it does not answer");
  if (!verifier_.verify(Message(*answer))) return lie("its answer is not signed by it");
  if (answer->oldest > first) {
    return fault(Kind::gone, block_name(first) + " is not held any more; the oldest is " + block_name(answer->oldest));
  }
  if (answer->newest < first) {
    return fault(Kind::absent, block_name(first) + " is not there; the newest is " + block_name(answer->newest));
  }
  const auto& entries = answer->entries;
  if (entries.empty() || entries.size() > asked || entries.front().block.n != first) {
    return lie("it does not show " + block_name(first) + ", which it says it holds");
  }
  return std::move(*answer);
}

tl::expected<LedgerFoundation, LedgerFailure> LedgerProof::prove(LedgerSource& source, SequenceNumber first,
                                                                 SequenceNumber last) {
  quorate::check(first.value >= 1 && first <= last, "a range of blocks begins at 1 or above, and is not empty");
  foundation_ = LedgerFoundation{first, last, {}, {}, {}, {}};
  digests_.clear();
  previous_.reset();
  if (first.value == 1) previous_ = genesis_.cluster_id();
  auto answer = ask(source, first, last - first + 1, {.certificates = false, .bodies = false, .checkpoint = true});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->newest < last) {
    return fault(Kind::absent, block_name(last) + " is not there; the newest is " + block_name(answer->newest));
  }
  if (answer->checkpoint) {
    if (auto good = take_checkpoint(*answer->checkpoint); !good) return tl::unexpected(good.error());
  }
  if (foundation_.checkpoint < first) {  // no later block follows from it
    foundation_.checkpoint = SequenceNumber();
    foundation_.checkpoint_by.clear();
  }
  const SequenceNumber end = std::max(last, foundation_.checkpoint);
  if (auto good = walk(source, std::move(answer->entries), end); !good) return tl::unexpected(good.error());
  foundation_.block = digests_.back();
  if (foundation_.checkpoint < last) {
    if (auto good = collect_heads(source); !good) return tl::unexpected(good.error());
  }
  return foundation_;
}

LedgerProof::Checked LedgerProof::take_checkpoint(const LedgerCheckpoint& checkpoint) {
  const StableCheckpoint& stable = checkpoint.stable;
  if (!verifier_.verify(Message(stable))) return lie("its checkpoint is not signed by a quorum");
  const auto record = proven_value(stable.root, checkpoint.state, as_bytes("m"));
  const auto head = record ? parse_head(*record) : std::nullopt;
  if (!head || head->n != stable.n) return lie("its checkpoint's state does not name the ledger's head");
  foundation_.checkpoint = stable.n;
  for (const SignedBy& part : stable.checkpoints) foundation_.checkpoint_by.push_back(part.replica);
  checkpoint_head_ = head->block;
  return {};
}

LedgerProof::Checked LedgerProof::walk(LedgerSource& source, std::vector<LedgerEntry> entries, SequenceNumber end) {
  while (true) {
    for (const LedgerEntry& entry : entries) {
      if (entry.block.n > end) return {};
      if (auto good = link(entry.block); !good) return good;
    }
    const SequenceNumber next = entries.back().block.n + 1;
    if (next > end) return {};
    auto answer = ask(source, next, end - next + 1, {});
    if (!answer) return tl::unexpected(answer.error());
    entries = std::move(answer->entries);
  }
}

LedgerProof::Checked LedgerProof::link(const Block& block) {
  if (previous_ && block.previous != *previous_) {
    return lie(block_name(block.n) + " does not name the digest of the block before it");
  }
  previous_ = block.digest();
  if (block.n <= foundation_.last) digests_.push_back(*previous_);
  if (block.n == foundation_.checkpoint && *previous_ != checkpoint_head_) {
    return lie("its blocks do not lead to the head that the checkpoint at " + std::to_string(block.n.value) + " names");
  }
  return {};
}

// One of f+1 is loyal, and has executed its way to the block.
LedgerProof::Checked LedgerProof::collect_heads(LedgerSource& source) {
  const std::size_t needed = genesis_.quorums().weak_quorum();
  std::set<ReplicaId> signers;
  // A quorum has f+1 loyal ones among it, whoever else answers first.
  for (const LedgerAnswer& answer : source.heads(foundation_.last, genesis_.quorums().quorum())) {
    if (answer.head_n != foundation_.last || answer.head != foundation_.block) continue;
    if (verifier_.verify(Message(answer))) signers.insert(answer.replica);
  }
  if (signers.size() < needed) {
    return fault(Kind::unproven, block_name(foundation_.last) + " is above the newest checkpoint, and " +
                                     std::to_string(signers.size()) + " of the " + std::to_string(needed) +
                                     " replicas that must sign it did");
  }
  foundation_.block_by.assign(signers.begin(), signers.end());
  return {};
}

LedgerProof::Checked LedgerProof::read(LedgerSource& source, const Show& show) {
  for (SequenceNumber next = foundation_.first; next <= foundation_.last;) {
    auto answer =
        ask(source, next, foundation_.last - next + 1, {.certificates = true, .bodies = true, .checkpoint = false});
    if (!answer) return tl::unexpected(answer.error());
    for (const LedgerEntry& entry : answer->entries) {
      if (auto good = check(entry); !good) return good;
      show(entry);
      ++next;
    }
  }
  return {};
}

LedgerProof::Checked LedgerProof::check(const LedgerEntry& entry) {
  const std::string name = block_name(entry.block.n);
  if (entry.block.digest() != digests_[entry.block.n - foundation_.first]) {
    return lie(name + " is not the one that it showed before");
  }
  if (entry.certificate && !verifier_.verify(CommitCertificate(*entry.certificate))) {
    return lie("the certificate of " + name + " is not signed by a quorum");
  }
  if (entry.batch && !verifier_.verify(Message(BatchBody{entry.block.n, entry.block.batch, entry.batch}))) {
    return lie("the body of " + name + " is not its batch");
  }
  return {};
}

}  // namespace quorate
