// What a reader of the ledger believes, and every way to lie to it.
#include "client/ledger_proof.h"

#include <doctest/doctest.h>

#include <functional>

#include "client/state_proof.h"
#include "tests/support/ledger_rig.h"

namespace quorate {
namespace {

using testing::digest_filled;
using testing::LedgerRig;
using Kind = LedgerFailure::Kind;

/// Replica 2 shows the blocks; `tamper` is what it makes of its answers before it signs them.
struct Shown final : LedgerSource {
  explicit Shown(const LedgerRig& with) : rig(with) {}

  std::optional<LedgerAnswer> ask(SequenceNumber first, std::uint32_t count, LedgerWants wants) override {
    ++asked;
    LedgerAnswer answer = rig.answer(ReplicaId(2), first, count, wants);
    tamper(answer, wants);
    return rig.signed_by(ReplicaId(2), std::move(answer));
  }
  std::vector<LedgerAnswer> heads(SequenceNumber n, std::size_t) override {
    std::vector<LedgerAnswer> all;
    for (const std::uint32_t replica : signers) {
      LedgerAnswer answer = rig.answer(ReplicaId(replica), n, 0, {});
      tamper_head(answer);
      all.push_back(rig.signed_by(ReplicaId(replica), std::move(answer)));
    }
    return all;
  }

  const LedgerRig& rig;
  std::size_t asked = 0;
  std::vector<std::uint32_t> signers = {0, 2};
  std::function<void(LedgerAnswer&, LedgerWants)> tamper = [](LedgerAnswer&, LedgerWants) {};
  std::function<void(LedgerAnswer&)> tamper_head = [](LedgerAnswer&) {};
};

struct Outcome {
  std::optional<LedgerFailure> failure;
  LedgerFoundation foundation;
  std::vector<LedgerEntry> entries;
  bool lies() const { return failure && failure->kind == Kind::lie; }
};

const Ed25519Scheme scheme;

Outcome read(Shown& source, std::uint64_t first, std::uint64_t last) {
  LedgerProof proof(source.rig.cluster().genesis(), scheme);
  Outcome outcome;
  const auto foundation = proof.prove(source, SequenceNumber(first), SequenceNumber(last));
  if (!foundation) {
    outcome.failure = foundation.error();
    return outcome;
  }
  outcome.foundation = *foundation;
  const auto shown = proof.read(source, [&](const LedgerEntry& entry) { outcome.entries.push_back(entry); });
  if (!shown) outcome.failure = shown.error();
  return outcome;
}

/// 20 blocks, a checkpoint at 16.
const LedgerRig& rig() {
  static const LedgerRig made(20, 16);
  return made;
}

}  // namespace

TEST_CASE("ledger: a checkpoint proves the blocks up to it, the last block's signers those above") {
  Shown source(rig());
  const Outcome outcome = read(source, 3, 19);
  REQUIRE_FALSE(outcome.failure.has_value());
  REQUIRE(outcome.entries.size() == 17);
  for (std::size_t i = 0; i < outcome.entries.size(); ++i) {
    const LedgerEntry& entry = outcome.entries[i];
    CHECK(entry.block == rig().blocks()[i + 2]);
    CHECK(entry.certificate.has_value());
    CHECK((entry.batch != nullptr) == (entry.block.batch != null_digest()));
  }
  CHECK(outcome.foundation.checkpoint == SequenceNumber(16));
  CHECK(outcome.foundation.checkpoint_by == std::vector<ReplicaId>{ReplicaId(0), ReplicaId(1), ReplicaId(3)});
  CHECK(outcome.foundation.block_by == std::vector<ReplicaId>{ReplicaId(0), ReplicaId(2)});
  CHECK(outcome.foundation.block == rig().blocks()[18].digest());
}

TEST_CASE("ledger: below a checkpoint nobody else is asked") {
  Shown source(rig());
  source.signers.clear();
  const Outcome outcome = read(source, 5, 9);
  REQUIRE_FALSE(outcome.failure.has_value());
  CHECK(outcome.entries.size() == 5);
  CHECK(outcome.foundation.checkpoint == SequenceNumber(16));
  CHECK(outcome.foundation.block_by.empty());
}

TEST_CASE("ledger: without a checkpoint, and above it, f+1 replicas sign the last block") {
  const LedgerRig young(5, 0);
  Shown source(young);
  const Outcome outcome = read(source, 1, 5);
  REQUIRE_FALSE(outcome.failure.has_value());
  CHECK(outcome.foundation.checkpoint == SequenceNumber(0));
  Shown above(rig());
  const Outcome newest = read(above, 18, 20);
  REQUIRE_FALSE(newest.failure.has_value());
  CHECK(newest.foundation.checkpoint == SequenceNumber(0));
  CHECK(newest.foundation.block_by.size() == 2);
}

TEST_CASE("ledger: fewer than f+1 signers of the last block prove nothing") {
  Shown source(rig());
  SUBCASE("one") { source.signers = {2}; }
  SUBCASE("one, twice") { source.signers = {2, 2}; }
  SUBCASE("of another block") {
    source.tamper_head = [](LedgerAnswer& answer) {
      if (answer.replica == ReplicaId(0)) answer.head = digest_filled(9);
    };
  }
  SUBCASE("of another slot") {
    source.tamper_head = [](LedgerAnswer& answer) {
      if (answer.replica == ReplicaId(0)) answer.head_n = answer.head_n + 1;
    };
  }
  const Outcome outcome = read(source, 3, 19);
  REQUIRE(outcome.failure.has_value());
  CHECK(outcome.failure->kind == Kind::unproven);
  CHECK(outcome.entries.empty());
}

TEST_CASE("ledger: a head that is not signed by its replica counts for nobody") {
  struct Forged final : LedgerSource {
    explicit Forged(Shown& with) : shown(with) {}
    std::optional<LedgerAnswer> ask(SequenceNumber first, std::uint32_t count, LedgerWants wants) override {
      return shown.ask(first, count, wants);
    }
    std::vector<LedgerAnswer> heads(SequenceNumber n, std::size_t enough) override {
      auto all = shown.heads(n, enough);
      all.front().replica = ReplicaId(3);
      return all;
    }
    Shown& shown;
  };
  Shown source(rig());
  Forged forged(source);
  LedgerProof proof(rig().cluster().genesis(), scheme);
  const auto foundation = proof.prove(forged, SequenceNumber(3), SequenceNumber(19));
  REQUIRE_FALSE(foundation.has_value());
  CHECK(foundation.error().kind == Kind::unproven);
}

TEST_CASE("ledger: an answer that its replica did not sign is a lie") {
  struct Unsigned final : LedgerSource {
    std::optional<LedgerAnswer> ask(SequenceNumber first, std::uint32_t count, LedgerWants wants) override {
      LedgerAnswer answer = rig().answer(ReplicaId(2), first, count, wants);
      answer.newest = answer.newest + 1;
      return answer;
    }
    std::vector<LedgerAnswer> heads(SequenceNumber, std::size_t) override { return {}; }
  };
  Unsigned source;
  LedgerProof proof(rig().cluster().genesis(), scheme);
  const auto foundation = proof.prove(source, SequenceNumber(3), SequenceNumber(9));
  REQUIRE_FALSE(foundation.has_value());
  CHECK(foundation.error().kind == Kind::lie);
}

TEST_CASE("ledger: every field of every block counts") {
  const std::vector<std::function<void(Block&)>> forgeries = {
      [](Block& block) { block.batch = digest_filled(7); },
      [](Block& block) { block.reply_root = digest_filled(7); },
      [](Block& block) { block.agreed_time = WallTime(block.agreed_time.value + 1); },
  };
  for (const std::uint64_t at : {3, 9, 16, 19}) {
    for (const auto& forge : forgeries) {
      Shown source(rig());
      // What the wire carries: contents, from which the links follow.
      source.tamper = [&](LedgerAnswer& answer, LedgerWants) {
        for (std::size_t i = 0; i < answer.entries.size(); ++i) {
          Block& block = answer.entries[i].block;
          if (i != 0) block.previous = answer.entries[i - 1].block.digest();
          if (block.n == SequenceNumber(at)) forge(block);
        }
      };
      const Outcome outcome = read(source, 3, 19);
      REQUIRE(outcome.failure.has_value());
      CHECK(outcome.failure->kind == (at > 16 ? Kind::unproven : Kind::lie));
      CHECK(outcome.entries.empty());
    }
  }
}

TEST_CASE("ledger: the first block names the block before it, and block 1 the cluster") {
  Shown source(rig());
  source.tamper = [](LedgerAnswer& answer, LedgerWants) {
    if (!answer.entries.empty()) answer.entries.front().block.previous = digest_filled(5);
  };
  CHECK(read(source, 3, 9).lies());
  CHECK(read(source, 1, 9).lies());
  const LedgerRig young(3, 0);
  Shown of_young(young);
  of_young.tamper = source.tamper;
  CHECK(read(of_young, 1, 3).lies());
}

TEST_CASE("ledger: a checkpoint is believed with its quorum, its state and its n only") {
  Shown source(rig());
  const auto with = [&](const std::function<void(LedgerCheckpoint&)>& forge) {
    source.tamper = [&forge](LedgerAnswer& answer, LedgerWants) {
      if (answer.checkpoint) forge(*answer.checkpoint);
    };
    return read(source, 3, 9);
  };
  CHECK_FALSE(with([](LedgerCheckpoint&) {}).failure.has_value());
  CHECK(with([](LedgerCheckpoint& c) { c.stable.checkpoints.pop_back(); }).lies());
  CHECK(with([](LedgerCheckpoint& c) { c.stable.checkpoints[1] = c.stable.checkpoints[0]; }).lies());
  CHECK(with([](LedgerCheckpoint& c) { std::swap(c.stable.checkpoints[0], c.stable.checkpoints[1]); }).lies());
  CHECK(with([](LedgerCheckpoint& c) { c.stable.root = digest_filled(3); }).lies());
  CHECK(with([](LedgerCheckpoint& c) { c.state.group[c.state.group.size() - 1] ^= 1; }).lies());
  CHECK(with([](LedgerCheckpoint& c) { c.state.levels.push_back({}); }).lies());
  // Signed by a quorum, but for another n than the state says.
  source.tamper = [](LedgerAnswer& answer, LedgerWants) {
    if (!answer.checkpoint) return;
    StableCheckpoint& stable = answer.checkpoint->stable;
    stable = rig().cluster().stable(SequenceNumber(8), stable.root, {0, 1, 3});
  };
  CHECK(read(source, 10, 12).lies());
}

TEST_CASE("ledger: certificates and bodies are those of their blocks") {
  Shown source(rig());
  const auto with = [&](const std::function<void(LedgerEntry&)>& forge) {
    source.tamper = [&forge](LedgerAnswer& answer, LedgerWants wants) {
      for (LedgerEntry& entry : answer.entries) {
        if (wants.certificates && entry.block.n == SequenceNumber(5)) forge(entry);
      }
    };
    return read(source, 3, 9);
  };
  CHECK(with([](LedgerEntry& e) { e.certificate->commits.pop_back(); }).lies());
  CHECK(with([](LedgerEntry& e) { std::swap(e.certificate->commits[0], e.certificate->commits[1]); }).lies());
  CHECK(with([](LedgerEntry& e) { e.certificate->commits[2].signature.bytes[0] ^= 1; }).lies());
  CHECK(with([](LedgerEntry& e) { e.certificate->view = e.certificate->view + 1; }).lies());
  CHECK(with([](LedgerEntry& e) { e.batch = rig().marks()[6].batch; }).lies());
  const Outcome without = with([](LedgerEntry& e) {
    e.certificate.reset();
    e.batch.reset();
  });
  REQUIRE_FALSE(without.failure.has_value());  // not held any more: nobody can be blamed
  CHECK_FALSE(without.entries[2].certificate.has_value());
}

TEST_CASE("ledger: what was proven and what is shown later are the same blocks") {
  Shown source(rig());
  source.tamper = [](LedgerAnswer& answer, LedgerWants wants) {
    if (wants.certificates) answer.entries.front().block.reply_root = digest_filled(1);
  };
  CHECK(read(source, 3, 9).lies());
}

TEST_CASE("ledger: blocks are shown where they were asked for, or it is said that they are not there") {
  Shown source(rig());
  const auto with = [&](const std::function<void(LedgerAnswer&)>& forge, std::uint64_t last = 9) {
    source.tamper = [&forge](LedgerAnswer& answer, LedgerWants) { forge(answer); };
    return read(source, 3, last);
  };
  CHECK(with([](LedgerAnswer& a) { a.entries.clear(); }).lies());
  CHECK(with([](LedgerAnswer& a) { a.entries.erase(a.entries.begin()); }).lies());
  CHECK(with([](LedgerAnswer& a) { a.entries.push_back(a.entries.back()); }).lies());
  const auto kind = [](const Outcome& outcome) { return outcome.failure ? outcome.failure->kind : Kind::silent; };
  CHECK(kind(with([](LedgerAnswer& a) { a.oldest = SequenceNumber(4); })) == Kind::gone);
  CHECK(kind(with([](LedgerAnswer&) {}, 21)) == Kind::absent);
  CHECK(kind(with([](LedgerAnswer& a) { a.newest = a.oldest = SequenceNumber(2); })) == Kind::absent);
}

TEST_CASE("ledger: long ranges are read page by page") {
  const LedgerRig long_one(LedgerProof::page + 100, 0);
  Shown source(long_one);
  source.signers = {0, 1, 3};
  const Outcome outcome = read(source, 2, LedgerProof::page + 90);
  REQUIRE_FALSE(outcome.failure.has_value());
  CHECK(outcome.entries.size() == LedgerProof::page + 89);
  CHECK(source.asked == 4);
}

}  // namespace quorate
