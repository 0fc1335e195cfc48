// The checker against brute force on small histories, and against planted lies in large ones.
#include "tests/linearizability/checker.h"

#include <doctest/doctest.h>

#include "messages/operation_result.h"
#include "tests/linearizability/json_lines.h"
#include "tests/linearizability/model.h"
#include "tests/linearizability/server_under_test.h"

namespace quorate::linearizability {
namespace {

/// All orders, tried one by one: what linearizable means, and nothing clever.
class BruteForce {
 public:
  explicit BruteForce(const History& history) : keys_(history.calls()), model_(keys_) {
    for (const Call& call : history.calls()) steps_.push_back(read_step(call, keys_));
    placed_.resize(steps_.size());
  }

  bool linearizable() {
    bool all = true;
    for (std::size_t i = 0; i < steps_.size(); ++i) all = all && (placed_[i] || !steps_[i].answered());
    if (all) return true;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (placed_[i] || !may_be_next(i)) continue;
      const std::size_t mark = model_.mark();
      if (!model_.apply(steps_[i], std::nullopt)) continue;
      placed_[i] = true;
      const bool found = linearizable();
      placed_[i] = false;
      model_.back_to(mark);
      if (found) return true;
    }
    return false;
  }

 private:
  bool may_be_next(std::size_t i) const {
    for (std::size_t other = 0; other < steps_.size(); ++other) {
      const Call& before = *steps_[other].call;
      if (!placed_[other] && before.answer && before.answer->at_us < steps_[i].call->at_us) return false;
    }
    return true;
  }

  Keys keys_;
  Model model_;
  std::vector<Step> steps_;
  std::vector<bool> placed_;
};

/// The same calls with one answer exchanged, moved or forgotten.
History spoilt(const History& history, simulation::Random& random) {
  std::vector<Call> calls = history.calls();
  Call& victim = calls[random.below(calls.size())];
  const Call& other = calls[random.below(calls.size())];
  switch (random.below(3)) {
    case 0:
      if (victim.answer && other.answer) {
        victim.answer->result = other.answer->result;
        victim.answer->status = other.answer->status;
      }
      break;
    case 1:
      if (victim.answer) victim.answer->at_us += random.below(10);
      break;
    default:
      victim.answer.reset();
  }
  History changed;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Digest name = Hasher("spoilt").u64(i).finish();
    auto answer = std::exchange(calls[i].answer, std::nullopt);
    changed.call(name, calls[i]);
    if (answer) changed.answer(name, *answer);
  }
  return changed;
}

/// The same calls with hints that are wrong, or none.
History misleading(const History& history) {
  History changed;
  std::uint64_t i = 0;
  for (Call call : history.calls()) {
    const Digest name = Hasher("misleading").u64(++i).finish();
    auto answer = std::exchange(call.answer, std::nullopt);
    changed.call(name, call);
    if (answer) changed.answer(name, *answer);
    if (i % 3 != 0) changed.hint(name, Version{SequenceNumber(1'000'000 - i), 0});
  }
  return changed;
}

Digest name(std::uint64_t i) { return Hasher("test").u64(i).finish(); }
Bytes encoded(const Operation& operation) { return encode_operation(operation).value(); }

}  // namespace

TEST_CASE("it agrees with brute force on small histories, right and wrong") {
  std::size_t right = 0;
  std::size_t wrong = 0;
  for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
    simulation::Random random(seed, 2);
    ServerUnderTest server({seed, random.between(3, 7), 3, 2, 250, ServerFault::none, 0});
    History history = server.run();
    if (random.one_in(4)) history = misleading(history);
    for (std::uint64_t changes = random.below(5); changes != 0; --changes) history = spoilt(history, random);
    const bool expected = BruteForce(history).linearizable();
    const Judgement judgement = judge(history);
    CAPTURE(to_json_lines(history));
    CAPTURE(judgement.explanation);
    REQUIRE((judgement.verdict == Verdict::linearizable) == expected);
    ++(expected ? right : wrong);
  }
  CHECK(right > 500);
  CHECK(wrong > 500);
}

TEST_CASE("ten thousand calls that were answered rightly are linearizable") {
  ServerUnderTest server({1, 10'000, 16, 16, 5, ServerFault::none, 0});
  const History history = server.run();
  const Judgement judgement = judge(history);
  CAPTURE(judgement.explanation);
  CHECK(judgement.verdict == Verdict::linearizable);
  CHECK(judgement.calls == 10'000);
  CHECK(judgement.tried < 200'000);
}

TEST_CASE("wrong hints cost time and change no verdict") {
  ServerUnderTest server({2, 2'000, 4, 16, 5, ServerFault::none, 0});
  CHECK(judge(misleading(server.run())).verdict == Verdict::linearizable);
}

TEST_CASE("a stale read, a lost update and a double add among ten thousand calls are found") {
  for (const ServerFault fault : {ServerFault::stale_read, ServerFault::lost_update, ServerFault::double_add}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(static_cast<int>(fault));
      CAPTURE(seed);
      ServerUnderTest server({seed, 10'000, 8, 16, 2, fault, 5'000});
      const History history = server.run();
      REQUIRE(server.lied());
      const Judgement judgement = judge(history);
      CHECK(judgement.verdict == Verdict::not_linearizable);
      CHECK(!judgement.explanation.empty());
    }
  }
}

TEST_CASE("a search that is not allowed enough says that it does not know") {
  ServerUnderTest server({3, 500, 8, 4, 0, ServerFault::none, 0});
  CHECK(judge(server.run(), 10).verdict == Verdict::undecided);
}

TEST_CASE("a write that nobody answered may have happened, late, or never") {
  const auto with_read = [](const OperationResult& seen) {
    History history;
    history.call(name(1), {0, 1, encoded(Put{as_bytes("k"), as_bytes("v")}), 10, {}, {}});
    history.call(name(2), {1, 1, encoded(Get{as_bytes("k")}), 20, {}, {}});
    history.answer(name(2), {30, OperationStatus::done, encode_result(NotFound{})});
    history.call(name(3), {1, 2, encoded(Get{as_bytes("k")}), 40, {}, {}});
    history.answer(name(3), {50, OperationStatus::done, encode_result(seen)});
    return judge(history).verdict;
  };
  const Version version{SequenceNumber(7), 0};
  CHECK(with_read(NotFound{}) == Verdict::linearizable);
  CHECK(with_read(Found{version, {'v'}}) == Verdict::linearizable);
  CHECK(with_read(Found{version, {'w'}}) == Verdict::not_linearizable);
}

TEST_CASE("a version that is not the last write's is not explained away") {
  History history;
  const Version version{SequenceNumber(3), 0};
  history.call(name(1), {0, 1, encoded(Put{as_bytes("k"), as_bytes("v")}), 10, {}, {}});
  history.answer(name(1), {20, OperationStatus::done, encode_result(Written{version})});
  history.call(name(2), {0, 2, encoded(Get{as_bytes("k")}), 30, {}, {}});
  history.answer(name(2), {40, OperationStatus::done, encode_result(Found{{SequenceNumber(2), 0}, {'v'}})});
  CHECK(judge(history).verdict == Verdict::not_linearizable);
}

TEST_CASE("a history is read as it is written, and what is no history is refused with its line") {
  ServerUnderTest server({4, 200, 4, 4, 100, ServerFault::none, 0});
  const std::string text = to_json_lines(server.run());
  const auto again = read_json_lines(text);
  REQUIRE(again.has_value());
  CHECK(to_json_lines(*again) == text);
  const auto error_of = [](const std::string& line) { return read_json_lines("\n" + line).error(); };
  CHECK(error_of("{").starts_with("line 2: "));
  CHECK(error_of(R"({"client": 0, "id": 1, "called_us": 5, "operation": "0g"})") ==
        "line 2: operation is not hexadecimal");
  CHECK(error_of(R"({"client": 0, "id": 1, "called_us": 5, "operation": "00", "answered_us": 4, "status": "done",)"
                 R"( "result": ""})") == "line 2: answered_us lies before called_us");
  CHECK(error_of(R"({"client": 0, "id": 1, "called_us": 5, "operation": "00", "answered_us": 6, "status": "x",)"
                 R"( "result": ""})") == "line 2: there is no status 'x'");
}

}  // namespace quorate::linearizability
