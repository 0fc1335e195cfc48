// All kinds of faults by turns, under load, with a traitor at every moment: no acknowledged write is lost, what clients
// saw on contended keys is linearizable, no operation fails, and after each fault the cluster goes on.
//
// The traitor is one replica for the whole run, and lies another way in each of its lives. All others stay loyal; they
// are killed, frozen, cut off, narrowed, given full or failing disks and wrong clocks, one at a time, or all killed at
// once. QUORATE_SOAK_ROUNDS sets how many faults there are (12), QUORATE_SOAK_SEED which.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cluster/command_cluster.h"
#include "tests/cluster/recorder.h"
#include "tests/cluster/rounds.h"
#include "tests/cluster/verdicts.h"
#include "tests/cluster/writer.h"

#ifdef QUORATE_FAULT_SHIM

namespace quorate::cluster_tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::vector<std::string> traitor_numbers() {
  std::istringstream list(run("quorate", {"traitors"}).out);
  std::vector<std::string> numbers;
  for (std::string line; std::getline(list, line);) numbers.push_back(line.substr(0, line.find(' ')));
  return numbers;
}

/// The longest time that a load went without an answer.
class Stall {
 public:
  void look(std::uint64_t answered) {
    const auto now = Clock::now();
    if (answered != answered_) since_ = now;
    answered_ = answered;
    longest_ = std::max(longest_, now - since_);
  }
  /// The test itself did something else meanwhile.
  void pause() { since_ = Clock::now(); }
  Clock::duration longest() const { return longest_; }

 private:
  std::uint64_t answered_ = 0;
  Clock::time_point since_ = Clock::now();
  Clock::duration longest_{0};
};

class Soak {
 public:
  explicit Soak(std::uint32_t size)
      : size_(size), traitor_(size - 1), replicas_(options_for(size)), chances_("QUORATE_SOAK", 12) {
    for (std::uint32_t i = 0; i < size_; ++i) {
      std::filesystem::create_directory(faults_of(i));
      if (i != traitor_) start(i);
    }
    betray();
    writer_ = std::make_unique<Writer>(replicas_.cluster_file(), 16);
    load_.seed = chances_.draw(~std::uint64_t{0});
    recorder_ = std::make_unique<Recorder>(writer_->context(), replicas_.cluster_file(), load_);
    goes_on();
  }

  void run_rounds() {
    for (std::uint64_t round = 0; round < chances_.count(); ++round) {
      const auto victim = static_cast<std::uint32_t>(chances_.draw(traitor_));
      const auto kind = static_cast<std::size_t>(chances_.draw(kinds().size()));
      INFO("round ", round, ": ", kinds()[kind].name, " at replica ", victim, ", traitor ", lie_);
      (this->*kinds()[kind].inflict)(victim);
      ++inflicted_[kinds()[kind].name];
      goes_on();
      judge();
      count_view_changes();
      writes_.pause();
      records_.pause();
      if (round % 3 == 2) betray();
    }
  }
  void ends_well() {
    recorder_->stop();
    CHECK(writer_->run_until([this] { return recorder_->under_way() == 0; }, 120s));
    CHECK(writer_->finish(120s));
    judge();
    nothing_failed();
    const auto missing = writer_->missing(120s);
    REQUIRE(missing);
    CHECK(missing->empty());
    for (std::uint32_t i = 0; i < traitor_; ++i) {
      const Ran waited =
          run("quorate", {"cluster", "wait", directory(), "--caught-up", std::to_string(i), "--timeout", "120"});
      CHECK_MESSAGE(waited.status == 0, waited.err);
    }
    report();
  }

 private:
  struct Kind {
    std::string name;
    void (Soak::*inflict)(std::uint32_t victim);
  };
  static const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {{"killed", &Soak::killed},       {"all killed", &Soak::all_killed},
                                          {"frozen", &Soak::frozen},       {"unheard", &Soak::unheard},
                                          {"deaf", &Soak::deaf},           {"cut", &Soak::cut},
                                          {"lossy", &Soak::lossy},         {"late", &Soak::late},
                                          {"narrow", &Soak::narrow},       {"split", &Soak::split},
                                          {"full disk", &Soak::full_disk}, {"failing disk", &Soak::failing_disk},
                                          {"clock ahead", &Soak::ahead},   {"clock behind", &Soak::behind}};
    return all;
  }
  static Processes::Options options_for(std::uint32_t size) {
    Processes::Options options;
    options.replicas = size;
    options.faulty = true;
    return options;
  }

  std::string directory() const { return replicas_.directory().string(); }
  std::filesystem::path faults_of(std::uint32_t i) const { return root_.path() / std::to_string(i); }
  void start(std::uint32_t i) {
    replicas_.start(i, {{"LD_PRELOAD", QUORATE_FAULT_SHIM}, {"QUORATE_FAULTS", faults_of(i).string()}});
  }
  /// The traitor begins a new life and lies in another way.
  void betray() {
    static const std::vector<std::string> numbers = traitor_numbers();
    lie_ = numbers[chances_.draw(numbers.size())];
    replicas_.end(traitor_, SIGKILL);
    replicas_.turn(traitor_, std::to_string(traitor_) + "=" + lie_);
    start(traitor_);
    ++lies_;
  }

  /// Writes for a moment, whatever comes of it. Then one client begins a new life.
  void meanwhile() {
    write([] { return false; }, std::chrono::milliseconds(100 + chances_.draw(900)));
    recorder_->renew(chances_.draw(load_.clients));
    ++client_lives_;
  }
  /// Some writes are acknowledged.
  void goes_on() {
    const std::uint64_t writes = writer_->acknowledged() + 50;
    const std::uint64_t records = recorder_->answered() + 50;
    REQUIRE(write([&] { return writer_->acknowledged() >= writes && recorder_->answered() >= records; }, 120s));
    nothing_failed();
  }
  void nothing_failed() {
    CHECK(writer_->failed() == 0);
    CHECK(recorder_->failed() == 0);
  }
  bool write(const std::function<bool()>& enough, std::chrono::milliseconds patience) {
    return writer_->write_until(
        [&] {
          writes_.look(writer_->acknowledged());
          records_.look(recorder_->answered());
          return enough();
        },
        patience);
  }
  void judge() {
    for (const linearizability::History& history : recorder_->take_complete()) {
      const auto complaint = verdicts_.judge(history);
      if (complaint) FAIL_CHECK(*complaint);
    }
  }

  void killed(std::uint32_t victim) {
    replicas_.end(victim, SIGKILL);
    meanwhile();
    start(victim);
  }
  void all_killed(std::uint32_t) {
    for (std::uint32_t i = 0; i < size_; ++i) replicas_.end(i, SIGKILL);
    for (std::uint32_t i = 0; i < size_; ++i) start(i);
  }
  void frozen(std::uint32_t victim) {
    REQUIRE(::kill(replicas_.pid(victim), SIGSTOP) == 0);
    meanwhile();
    REQUIRE(::kill(replicas_.pid(victim), SIGCONT) == 0);
  }
  void links(std::uint32_t victim, const LinkFaults* outwards, const LinkFaults* inwards) {
    for (std::uint32_t other = 0; other < size_; ++other) {
      if (other == victim) continue;
      if (outwards != nullptr) replicas_.network().set(victim, other, *outwards);
      if (inwards != nullptr) replicas_.network().set(other, victim, *inwards);
    }
  }
  void troubled(std::uint32_t victim, const LinkFaults* outwards, const LinkFaults* inwards) {
    const LinkFaults none;
    links(victim, outwards, inwards);
    meanwhile();
    links(victim, &none, &none);
  }
  void everywhere(const LinkFaults& faults) {
    const LinkFaults none;
    for (std::uint32_t i = 0; i < size_; ++i) links(i, &faults, nullptr);
    meanwhile();
    for (std::uint32_t i = 0; i < size_; ++i) links(i, &none, nullptr);
  }
  void unheard(std::uint32_t victim) { troubled(victim, &silence_, nullptr); }
  void deaf(std::uint32_t victim) { troubled(victim, nullptr, &silence_); }
  void cut(std::uint32_t victim) {
    for (std::uint32_t other = 0; other < size_; ++other) {
      if (other != victim) replicas_.network().cut(victim, other);
    }
    troubled(victim, &silence_, &silence_);
  }
  void lossy(std::uint32_t) { everywhere({0ms, 0, 0, 20, false}); }
  void late(std::uint32_t) { everywhere({10ms, 0, 0, 0, false}); }
  void narrow(std::uint32_t victim) {
    const LinkFaults faults{0ms, 50'000, 0, 0, false};
    troubled(victim, &faults, &faults);
  }
  void split(std::uint32_t) { everywhere({0ms, 0, 1, 0, false}); }

  void disk(std::uint32_t victim, const std::string& fault) {
    std::ofstream(faults_of(victim) / fault) << "";
    std::optional<int> ended;
    CHECK(write([&] { return (ended = replicas_.wait_for_end(victim, 0ms)).has_value(); }, 120s));
    CHECK((ended && WIFEXITED(*ended)));
    std::filesystem::remove(faults_of(victim) / fault);
    start(victim);
  }
  void full_disk(std::uint32_t victim) { disk(victim, "full"); }
  void failing_disk(std::uint32_t victim) { disk(victim, "sync-fails"); }
  void clock(std::uint32_t victim, const char* off_ms) {
    std::ofstream(faults_of(victim) / "clock-ms") << off_ms;
    meanwhile();
    std::filesystem::remove(faults_of(victim) / "clock-ms");
  }
  void ahead(std::uint32_t victim) { clock(victim, "3600000"); }
  void behind(std::uint32_t victim) { clock(victim, "-3600000"); }

  /// By the views of the loyal replicas that answer.
  void count_view_changes() {
    const auto status = nlohmann::json::parse(run("quorate", {"cluster", "status", directory(), "--json"}).out);
    std::uint64_t newest = newest_view_;
    for (const auto& replica : status.at("replicas")) {
      if (replica.at("id") == traitor_ || replica.at("view").is_null()) continue;
      newest = std::max(newest, replica.at("view").get<std::uint64_t>());
    }
    view_changes_ += newest - newest_view_;
    newest_view_ = newest;
  }
  void report() const {
    std::string faults;
    for (const auto& [name, count] : inflicted_) faults += ", " + name + " " + std::to_string(count);
    const auto stall = std::max(writes_.longest(), records_.longest());
    MESSAGE(size_, " replicas, ", writer_->acknowledged(), " acknowledged writes, ", verdicts_.calls(),
            " operations judged in ", verdicts_.histories(), " histories of ", verdicts_.smallest(), " to ",
            verdicts_.largest(), ", ", verdicts_.unanswered(), " of them unanswered, at most ", verdicts_.most_tried(),
            " states tried for one, ", client_lives_, " new lives of clients, ", lies_, " lies", faults, "; ",
            view_changes_, " view changes; longest stall ",
            std::chrono::duration_cast<std::chrono::milliseconds>(stall).count(), " ms");
  }

  std::uint32_t size_;
  std::uint32_t traitor_;
  TemporaryDirectory root_;
  Processes replicas_;
  Rounds chances_;
  std::unique_ptr<Writer> writer_;
  Recorder::Options load_;
  std::unique_ptr<Recorder> recorder_;  // works in the writer's context
  Verdicts verdicts_{std::filesystem::temp_directory_path()};
  LinkFaults silence_{0ms, 0, 0, 0, true};
  std::string lie_;
  std::uint64_t lies_ = 0;
  std::map<std::string, std::uint64_t> inflicted_;
  std::uint64_t newest_view_ = 0;
  std::uint64_t view_changes_ = 0;
  std::uint64_t client_lives_ = 0;
  Stall writes_;
  Stall records_;
};

}  // namespace

TEST_CASE("soak: faults of all kinds by turns with a traitor at every moment cost nothing") {
  for (const std::uint32_t size : {4U, 7U}) {
    CAPTURE(size);
    Soak soak(size);
    soak.run_rounds();
    soak.ends_well();
  }
}

}  // namespace quorate::cluster_tests

#endif
