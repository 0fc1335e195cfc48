// The control of the judge: what clients of real replicas saw is linearizable, and a stale read, a lost update and a
// double addition that are planted in it are found.
#include "tests/cluster/recorder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <span>
#include <sstream>

#include "tests/cluster/processes.h"
#include "tests/cluster/verdicts.h"
#include "tests/linearizability/checker.h"
#include "tests/linearizability/json_lines.h"

namespace quorate::cluster_tests {
namespace {

using linearizability::Call;
using linearizability::History;
using Calls = std::vector<Call>;

#ifdef QUORATE_FAULT_SHIM
constexpr std::size_t recorded_calls = 10'000;
#else
constexpr std::size_t recorded_calls = 2'000;  // a sanitizer build: replicas take several times longer
#endif

History history_of(const Calls& calls) {
  History history;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Digest name = Hasher("planted").u64(i).finish();
    Call bare = calls[i];
    auto answer = std::exchange(bare.answer, std::nullopt);
    history.call(name, std::move(bare));
    if (answer) history.answer(name, *answer);
  }
  return history;
}

/// A call on one key that was done, with the version and the value that its answer shows.
struct Seen {
  std::size_t call = 0;
  std::string key;
  bool writes = false;
  Version version;
  std::string value;
};

std::optional<Seen> seen(const Calls& calls, std::size_t i) {
  if (!calls[i].answer || calls[i].answer->status != OperationStatus::done) return std::nullopt;
  const auto operation = decode_operation(calls[i].operation);
  const auto result = decode_result(calls[i].answer->result);
  if (const auto* found = std::get_if<Found>(&*result)) {
    const auto& get = std::get<Get>(*operation);
    return Seen{i, std::string(as_text(get.key)), false, found->version, std::string(as_text(found->value))};
  }
  if (const auto* sum = std::get_if<Sum>(&*result)) {
    const auto& add = std::get<Add>(*operation);
    return Seen{i, std::string(as_text(add.key)), true, sum->version, std::to_string(sum->value)};
  }
  return std::nullopt;
}

std::vector<Seen> all_seen(const Calls& calls) {
  std::vector<Seen> all;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (auto one = seen(calls, i)) all.push_back(*one);
  }
  return all;
}

/// One get shows what an earlier one saw, though an addition in between was over before it began.
Calls with_stale_read(Calls calls) {
  const std::vector<Seen> all = all_seen(calls);
  const auto before = [&](const Seen& a, const Seen& b) {
    return a.key == b.key && calls[a.call].answer->at_us < calls[b.call].at_us;
  };
  for (std::size_t late = all.size() / 2; late < all.size(); ++late) {
    if (all[late].writes) continue;
    for (std::size_t write = late; write-- > 0;) {
      if (!all[write].writes || !before(all[write], all[late])) continue;
      for (std::size_t early = write; early-- > 0;) {
        if (all[early].writes || !before(all[early], all[write])) continue;
        calls[all[late].call].answer->result = calls[all[early].call].answer->result;
        return calls;
      }
    }
  }
  FAIL("no get of the history can be made a stale one");
  return calls;
}

/// From one addition to the counter on, which the answer to it shows, all others see it `times` times.
Calls with_addition(Calls calls, std::int64_t times) {
  std::vector<Seen> counter = all_seen(calls);
  std::erase_if(counter, [](const Seen& one) { return !one.key.ends_with("counter"); });
  const auto place = [](const Seen& one) { return std::pair(one.version.n.value, one.version.index); };
  std::ranges::sort(counter, [&](const Seen& a, const Seen& b) { return place(a) < place(b); });
  // One that no get showed: it could tell no version of what was lost, or done again.
  std::size_t chosen = counter.size() / 2;
  while (place(counter[chosen - 1]) == place(counter[chosen]) || place(counter[chosen]) == place(counter[chosen + 1])) {
    ++chosen;
    REQUIRE(chosen + 1 < counter.size());
  }
  const std::int64_t change = std::stoll(counter[chosen].value) - std::stoll(counter[chosen - 1].value);
  for (const Seen& later : std::span(counter).subspan(chosen + 1)) {
    const std::int64_t value = std::stoll(later.value) + change * (times - 1);
    const std::string text = std::to_string(value);
    OperationResult result = Sum{later.version, value};
    if (!later.writes) result = Found{later.version, Bytes(text.begin(), text.end())};
    calls[later.call].answer->result = encode_result(result);
  }
  return calls;
}

History recorded() {
  Processes replicas;
  replicas.start_all();
  asio::io_context context{1};
  Recorder::Options options;
  options.calls_per_history = recorded_calls;
  Recorder recorder(context, replicas.cluster_file(), options);
  std::vector<History> complete;
  for (std::uint64_t lives = 0; complete.empty(); complete = recorder.take_complete()) {
    context.run_one();
    if (recorder.answered() / 500 > lives) recorder.renew(lives++ % options.clients);
  }
  CHECK(recorder.failed() == 0);
  return complete.front();
}

/// All kinds of answers are among them, and both branches of transactions.
void check_variety(const Calls& calls) {
  std::map<std::string, std::size_t> kinds;
  REQUIRE(std::ranges::all_of(calls, [](const Call& call) { return call.answer.has_value(); }));
  for (const Call& call : calls) {
    const auto result = decode_result(call.answer->result).value();
    const auto* transaction = std::get_if<TransactionResult>(&result);
    const bool then = transaction != nullptr && transaction->branch == Branch::then;
    ++kinds[std::to_string(result.index()) + (then ? " then" : "")];
  }
  CHECK(kinds.size() == std::variant_size_v<OperationResult> + 1);
  for (const auto& kind : kinds) {
    INFO("kind ", kind.first);
    CHECK(kind.second >= recorded_calls / 1000);
  }
}

/// It is not right, and the file that is named says the same.
void check_found(const Calls& calls) {
  const TemporaryDirectory kept;
  Verdicts verdicts(kept.path());
  const auto complaint = verdicts.judge(history_of(calls));
  REQUIRE(complaint);
  CAPTURE(*complaint);
  CHECK(complaint->starts_with("what clients saw is not linearizable:\nclient "));
  const auto file = *std::filesystem::directory_iterator(kept.path());
  CHECK(complaint->find(file.path().string()) != std::string::npos);
  std::ostringstream text;
  text << std::ifstream(file.path()).rdbuf();
  const auto again = linearizability::read_json_lines(text.str());
  REQUIRE(again);
  CHECK(again->calls().size() == recorded_calls);
  CHECK(linearizability::judge(*again).verdict == linearizability::Verdict::not_linearizable);
}

}  // namespace

TEST_CASE("recorder: what clients of real replicas saw is linearizable, and each lie that is planted in it is found") {
  const History history = recorded();
  const Calls& calls = history.calls();
  REQUIRE(calls.size() == recorded_calls);
  check_variety(calls);
  const TemporaryDirectory kept;
  Verdicts verdicts(kept.path());
  CHECK(verdicts.judge(history).value_or("") == "");
  CHECK(verdicts.judge(history_of(with_addition(calls, 1))).value_or("") == "");  // the planting itself adds nothing
  CHECK(verdicts.unanswered() == 0);
  {
    INFO("a stale read");
    check_found(with_stale_read(calls));
  }
  {
    INFO("a lost update");
    check_found(with_addition(calls, 0));
  }
  {
    INFO("a double addition");
    check_found(with_addition(calls, 2));
  }
}

}  // namespace quorate::cluster_tests
