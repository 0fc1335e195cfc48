// Real processes that lie (quorate-traitor) in real clusters under load: each acknowledged write is there, and the
// loyal replicas' stores agree. And what the command says about traitors.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/cluster/command_cluster.h"
#include "tests/cluster/writer.h"

namespace quorate::cluster_tests {
namespace {

using namespace std::chrono_literals;

/// A cluster in which some replicas lie.
class Betrayed {
 public:
  /// `postings`: REPLICA=TRAITOR…, with commas.
  Betrayed(const std::string& replicas, const std::string& postings) : cluster_({"--replicas", replicas}) {
    std::istringstream parts(postings);
    for (std::string part; std::getline(parts, part, ','); ++postings_) traitors_.insert(number(part));
    for (std::uint32_t i = 0; i < number(replicas); ++i) {
      if (!traitors_.contains(i)) loyal_.push_back(i);
    }
    const Ran started = cluster_.cluster("start", {"--traitor", postings});
    REQUIRE_MESSAGE(started.status == 0, started.err);
  }

  /// Writes while they lie, until the loyal have a checkpoint behind them and each traitor has acted, for which there
  /// is patience; nothing may be lost or wrong.
  void bear_load(std::chrono::milliseconds patience) {
    Writer writer(cluster_.file(), 4);
    while (!checkpoint_is_stable()) {
      const std::uint64_t enough = writer.acknowledged() + 100;
      REQUIRE(writer.write_until([&] { return writer.acknowledged() >= enough; }, 120s));
    }
    writer.write_until([&] { return first_acts() == postings_; }, patience);
    CHECK(writer.finish(120s));
    CHECK(writer.failed() == 0);
    const auto missing = writer.missing(120s);
    REQUIRE(missing);
    CHECK(missing->empty());
    MESSAGE(writer.acknowledged(), " acknowledged writes");
  }

  /// What the traitors said of themselves at their end: a line for each, "… acted N times".
  const std::string& acts() const { return acts_; }

  /// Once the traitors are silent the loyal come to the same slot; their states have one root.
  void agree() {
    for (const std::uint32_t traitor : traitors_) end(std::to_string(traitor));
    CHECK(comes_true([&] { return numbers("last_executed").size() == 1; }));
    std::map<std::string, std::set<std::string>> roots;  // by slot of the state
    const bool one_slot = comes_true([&] {
      roots.clear();
      REQUIRE(cluster_.cluster("stop").status == 0);
      for (const std::uint32_t replica : loyal_) note_root(replica, roots);
      if (roots.size() == 1) return true;
      for (const std::uint32_t replica : loyal_)
        REQUIRE(cluster_.cluster("start", {std::to_string(replica)}).status == 0);
      return false;
    });
    CHECK(one_slot);
    for (const auto& at : roots) CHECK_MESSAGE(at.second.size() == 1, "slot ", at.first, ": different states");
  }

 private:
  void end(const std::string& traitor) {
    REQUIRE(cluster_.cluster("stop", {traitor}).status == 0);
    const std::string last = cluster_.cluster("logs", {traitor, "--lines", "5"}).out;
    acts_ += last.substr(std::min(last.size(), last.find("traitor " + traitor + "=")));
  }
  std::size_t first_acts() const {
    std::size_t count = 0;
    for (const std::uint32_t traitor : traitors_) {
      std::ifstream log(cluster_.file().parent_path() / ("replica-" + std::to_string(traitor)) / "replica.log");
      for (std::string line; std::getline(log, line);)
        count += line.find(" begins to act") != std::string::npos ? 1 : 0;
    }
    return count;
  }
  static std::uint32_t number(const std::string& text) { return static_cast<std::uint32_t>(std::stoul(text)); }
  /// The different values that the loyal have there in their status; "null" of who does not answer.
  std::set<std::string> numbers(const std::string& field) const {
    const std::string status = cluster_.cluster("status", {"--json"}).out;
    std::set<std::string> values;
    for (const std::uint32_t replica : loyal_) {
      std::smatch found;
      const std::regex pattern("\\{\"id\":" + std::to_string(replica) + ",[^}]*\"" + field + "\":(\\w+)");
      REQUIRE_MESSAGE(std::regex_search(status, found, pattern), status);
      values.insert(found[1]);
    }
    return values;
  }
  bool checkpoint_is_stable() const {
    const auto checkpoints = numbers("stable_checkpoint");
    return !checkpoints.contains("0") && !checkpoints.contains("null");
  }
  void note_root(std::uint32_t replica, std::map<std::string, std::set<std::string>>& roots) const {
    const Ran checked = run("quorate-replica", {"--cluster", cluster_.file().string(), "--id", std::to_string(replica),
                                                "--check", "--json"});
    REQUIRE_MESSAGE(checked.status == 0, checked.out);
    std::smatch found;
    REQUIRE_MESSAGE(std::regex_search(checked.out, found, std::regex(R"re("slot": *(\d+)[^}]*"root": *"(\w+)")re")),
                    checked.out);
    roots[found[1]].insert(found[2]);
  }

  CommandCluster cluster_;
  std::set<std::uint32_t> traitors_;
  std::size_t postings_ = 0;
  std::vector<std::uint32_t> loyal_;
  std::string acts_;
};

/// True if each of the traitors did something that the replica itself would not have done.
bool bears(const std::string& replicas, const std::string& postings, std::chrono::milliseconds patience = 60s) {
  CAPTURE(replicas);
  CAPTURE(postings);
  Betrayed cluster(replicas, postings);
  cluster.bear_load(patience);
  cluster.agree();
  MESSAGE(cluster.acts());
  return cluster.acts().find(" acted ") != std::string::npos &&
         cluster.acts().find(" acted 0 times") == std::string::npos;
}

std::vector<std::string> all_traitors() {
  std::istringstream list(run("quorate", {"traitors"}).out);
  std::vector<std::string> numbers;
  for (std::string line; std::getline(list, line);) numbers.push_back(line.substr(0, line.find(' ')));
  return numbers;
}

}  // namespace

TEST_CASE("traitors: one of four lies, and no write is lost or wrong, and the loyal agree") {
  for (const char* postings : {"0=equivocate", "0=T08", "2=T18,2=T19", "1=T65", "1=T66"}) CHECK(bears("4", postings));
}

TEST_CASE("traitors: two of seven lie together, and no write is lost or wrong, and the loyal agree") {
  for (const char* postings : {"0=equivocate,3=T18", "0=T08,1=T30"}) CHECK(bears("7", postings));
}

TEST_CASE("long: each traitor in a real process, as primary and as backup" * doctest::skip()) {
  for (const std::string& traitor : all_traitors()) {
    const bool as_primary = bears("4", "0=" + traitor, 2s);
    const bool as_backup = bears("4", "3=" + traitor, 2s);
    if (!as_primary && !as_backup) MESSAGE(traitor, " found nothing to do");
  }
}

TEST_CASE("traitors: the list has every one with its number, its name and what it does") {
  const Ran list = run("quorate", {"traitors"});
  CHECK(list.status == 0);
  std::istringstream lines(list.out);
  static const std::regex shape(R"(T\d\d  [a-z0-9-]+ +\S.*)");
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK_MESSAGE(std::regex_match(line, shape), line);
  CHECK(count >= 65);
  const Ran json = run("quorate", {"traitors", "--json"});
  CHECK(json.status == 0);
  CHECK(json.out.find(R"([{"number":"T01","name":"equivocate","description":")") == 0);
}

TEST_CASE("traitors: what cannot be started is told, and nothing runs afterwards") {
  const CommandCluster cluster;
  const auto refused = [&](const Arguments& arguments, const std::string& why) {
    const Ran ran = cluster.cluster("start", arguments);
    CHECK(ran.status != 0);
    CHECK_MESSAGE(says(ran, why), ran.err);
    CHECK(cluster.cluster("status", {"--json"}).out.find("\"pid\":1") == std::string::npos);
    return ran.status;
  };
  CHECK(refused({"--traitor", "equivocate"}, "expected REPLICA=TRAITOR") == 2);
  CHECK(refused({"--traitor", "9=equivocate"}, "replica 9 is none of those to start") == 2);
  CHECK(refused({"1", "--traitor", "2=equivocate"}, "replica 2 is none of those to start") == 2);
  CHECK(refused({"--traitor", "2=no-such-liar"}, "there is no traitor 'no-such-liar'") == 3);
  CHECK(refused({"--traitor", "2=T01@when:4"}, "expected view:V, above:N or permille:P") == 3);

  REQUIRE(cluster.cluster("start", {"--traitor", "2=equivocate"}).status == 0);
  const Ran again = cluster.cluster("start", {"--traitor", "2=equivocate"});
  CHECK(again.status == 2);
  CHECK(says(again, "replica 2 runs already"));
  const Ran status = cluster.cluster("status");
  CHECK(status.out.find("\nreplica 2 runs quorate-traitor\n") != std::string::npos);
  CHECK(status.out.find("replica 1 runs") == std::string::npos);
  CHECK(cluster.cluster("status", {"--json"}).out.find(R"("program":"quorate-traitor")") != std::string::npos);
  REQUIRE(cluster.cluster("restart", {"2"}).status == 0);
  CHECK(cluster.cluster("status").out.find("quorate-traitor") == std::string::npos);
}

TEST_CASE("traitors: a command without them beside it says where they are") {
  const TemporaryDirectory away;
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const char* program : {"quorate", "quorate-replica"}) {
    std::filesystem::copy_file(here / program, away.path() / program);
  }
  const std::string quorate = (away.path() / "quorate").string();
  const std::string directory = (away.path() / "c").string();
  REQUIRE(run(quorate, {"cluster", "create", directory}).status == 0);
  for (const Arguments& arguments : {Arguments{"traitors"}, {"cluster", "start", directory, "--traitor", "2=T01"}}) {
    const Ran ran = run(quorate, arguments);
    CHECK(ran.status == 2);
    CHECK(says(ran, "make traitors"));
    CHECK(says(ran, (away.path() / "quorate-traitor").string()));
  }
}

}  // namespace quorate::cluster_tests
