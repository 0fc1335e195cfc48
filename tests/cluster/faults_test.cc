// What an operator's machine does to a replica: a full disk, a disk whose forces fail, a clock that is wrong
// (faults/shim.cc). The replica says what it is and stops or goes on; the others are unharmed.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "tests/cluster/command_cluster.h"
#include "tests/cluster/writer.h"

#ifdef QUORATE_FAULT_SHIM

namespace quorate::cluster_tests {
namespace {

using namespace std::chrono_literals;

/// Four replicas of which one has a faulty environment, and a client that writes.
class Faulty {
 public:
  explicit Faulty(std::uint32_t replica) : replica_(replica) {
    std::filesystem::create_directory(faults_);
    for (std::uint32_t i = 0; i < 4; ++i) replicas_.start(i, i == replica_ ? shim_ : Environment());
    REQUIRE(comes_true([&] { return status(replica_).find(R"("health":"ok")") != std::string::npos; }));
    writes_on();
  }

  void begin(const std::string& fault, const std::string& text = "") const { std::ofstream(faults_ / fault) << text; }
  void end(const std::string& fault) const { std::filesystem::remove(faults_ / fault); }

  /// Clients are served, whatever one replica does.
  void writes_on() {
    const std::uint64_t before = writer_.acknowledged();
    CHECK(writer_.write_until([&] { return writer_.acknowledged() >= before + 50; }, 60s));
    CHECK(writer_.failed() == 0);
  }
  /// The line of a replica in the JSON of `cluster status`.
  std::string status(std::uint32_t replica) const {
    const std::string all = run("quorate", {"cluster", "status", replicas_.directory().string(), "--json"}).out;
    const std::size_t from = all.find(R"({"id":)" + std::to_string(replica));
    return from == std::string::npos ? all : all.substr(from, all.find('}', from) - from);
  }
  bool comes_to_say(std::uint32_t replica, const std::string& text) const {
    return comes_true([&] { return status(replica).find(text) != std::string::npos; });
  }
  std::string output() const { return replicas_.output(replica_); }

  void start() { replicas_.start(replica_, shim_); }
  /// Its exit status, once it has stopped by itself under load; -1 if it does not.
  int stops() {
    std::optional<int> ended;
    writer_.write_until([&] { return (ended = replicas_.wait_for_end(replica_, 0ms)).has_value(); }, 60s);
    return ended && WIFEXITED(*ended) ? WEXITSTATUS(*ended) : -1;
  }
  void comes_back() {
    start();
    const Ran waited = run("quorate", {"cluster", "wait", replicas_.directory().string(), "--caught-up",
                                       std::to_string(replica_), "--timeout", "60"});
    CHECK_MESSAGE(waited.status == 0, waited.err);
    CHECK(comes_to_say(replica_, R"("health":"ok")"));
    CHECK(writer_.finish(60s));
    const auto missing = writer_.missing(60s);
    REQUIRE(missing);
    CHECK(missing->empty());
  }

 private:
  TemporaryDirectory root_;
  Processes replicas_;
  std::filesystem::path faults_ = root_.path() / "faults";
  Environment shim_ = {{"LD_PRELOAD", QUORATE_FAULT_SHIM}, {"QUORATE_FAULTS", faults_.string()}};
  std::uint32_t replica_;
  Writer writer_{started_cluster_file()};

  std::filesystem::path started_cluster_file() const { return replicas_.cluster_file(); }
};

constexpr int store_unusable = 3;
constexpr int durable_write_failed = 5;

}  // namespace

TEST_CASE(
    "a full disk is told before it matters, stops one replica with its cause, and costs nothing once there is room") {
  for (const std::uint32_t replica : {2U, 0U}) {  // a backup, and the primary
    CAPTURE(replica);
    Faulty cluster(replica);
    cluster.begin("no-room");
    CHECK(cluster.comes_to_say(replica, "0 MB left"));
    cluster.begin("full");
    CHECK(cluster.stops() == durable_write_failed);
    CHECK(cluster.output().find("No space left on device. The disk is full.") != std::string::npos);
    cluster.writes_on();

    cluster.start();
    CHECK(cluster.stops() == store_unusable);
    CHECK(cluster.output().find("No space left on device. Is the disk full?") != std::string::npos);
    cluster.end("full");
    cluster.end("no-room");
    cluster.comes_back();
  }
}

TEST_CASE("a disk whose forces fail stops its replica with the cause, and the next start goes on") {
  Faulty cluster(1);
  cluster.begin("sync-fails");
  CHECK(cluster.stops() == durable_write_failed);
  CHECK(cluster.output().find("Input/output error. The disk failed") != std::string::npos);
  cluster.writes_on();
  cluster.end("sync-fails");
  cluster.comes_back();
}

TEST_CASE("a clock that is behind those of the others is told by its replica, and costs nothing") {
  Faulty cluster(2);
  cluster.begin("clock-ms", "-3600000");
  cluster.writes_on();
  CHECK(cluster.comes_to_say(2, "s behind those of the others: set it right"));
  CHECK(comes_true([&] { return cluster.output().find("own clock: its clock is") != std::string::npos; }));
  cluster.end("clock-ms");
  cluster.writes_on();
  CHECK(cluster.comes_to_say(2, R"("health":"ok")"));
}

TEST_CASE("a primary whose clock is ahead is named by the others, and is primary no longer") {
  Faulty cluster(0);
  cluster.begin("clock-ms", "3600000");
  cluster.writes_on();
  CHECK(cluster.status(1).find(R"("view":0)") == std::string::npos);
  cluster.end("clock-ms");
}

}  // namespace quorate::cluster_tests

#endif
