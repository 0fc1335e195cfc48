// What a backup takes from a replica's stores and what a restore makes of it, on stores made for it: only what carries
// its own proof, nobody's votes, and enough for a cluster to go on.
#include <doctest/doctest.h>

#include "crypto/key_file.h"
#include "messages/batch.h"
#include "replica/service/service.h"
#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"
#include "tests/cluster/command_cluster.h"
#include "tests/support/sample_messages.h"

namespace quorate::cluster_tests {
namespace {

using testing::SampleCluster;

/// A cluster of known keys with K = 8 and L = 16, in which replica 0's stores hold null batches.
class CraftedCluster {
 public:
  explicit CraftedCluster(std::uint32_t replicas = 4) : replicas_(replicas) {
    ClusterFile file;
    file.genesis = sample_.genesis();
    for (const std::uint16_t port : free_ports(replicas)) file.addresses.push_back({"127.0.0.1", port});
    std::filesystem::create_directories(directory());
    REQUIRE(write_cluster_file(this->file(), file));
    for (std::uint32_t i = 0; i < replicas_; ++i) {
      const ReplicaId replica(i);
      std::filesystem::create_directories(replica_directory(this->file(), replica));
      REQUIRE(
          write_key_file(replica_key_path(this->file(), replica), testing::seed_of(static_cast<std::uint8_t>(i + 1))));
    }
    REQUIRE(write_key_file(client_key_path(this->file(), ClientId(0)), testing::seed_of(0x80)));
  }
  ~CraftedCluster() { cluster("destroy"); }
  CraftedCluster(const CraftedCluster&) = delete;
  CraftedCluster& operator=(const CraftedCluster&) = delete;

  /// Slots 1 … end are decided, the state is that of slot `state`, checkpoint `stable` is the newest stable one. With
  /// votes of replica 0's own beyond `end`, as every log has them.
  LogImage image(std::uint64_t state, std::uint64_t end, std::uint64_t stable, const Digest* root = nullptr) {
    make_state(state);
    LogImage log;
    log.bodies_collected = SequenceNumber(std::min(state, stable));
    for (std::uint64_t n = log.bodies_collected.value + 1; n <= end; ++n) {
      const PrePrepare slot = sample_.pre_prepare(View(), SequenceNumber(n), nullptr);
      log.committed.emplace(SequenceNumber(n), CommittedBatch{sample_.committed(slot.header, {0, 1, 2}), nullptr});
    }
    if (stable != 0) {
      const Digest agreed = root != nullptr ? *root : root_at(stable);
      log.stable = sample_.stable(SequenceNumber(stable), agreed, {0, 1, 2});
      log.own_checkpoints.emplace(SequenceNumber(stable), sample_.checkpoint(0, SequenceNumber(stable), agreed));
    }
    return log;
  }
  void store(const LogImage& log) {
    REQUIRE(LogStore::create(replica_log_path(file(), ReplicaId(0)), id(), ReplicaId(0), log));
    const auto opened = LogStore::open(replica_log_path(file(), ReplicaId(0)), id(), ReplicaId(0), LogStoreOptions{});
    REQUIRE(opened);
    const SequenceNumber beyond = log.bodies_collected + log.committed.size() + 1;
    const PrePrepare slot = sample_.pre_prepare(View(), beyond, nullptr);
    const std::vector<NumberedRecord> votes = {
        {RecordNumber(1), AcceptedRecord{slot}},
        {RecordNumber(2), PreparedRecord{sample_.prepared(slot.header, {1, 2})}}};
    REQUIRE((*opened)->append(votes));
  }
  Ran back_up() const { return replica(0, {"--backup", copy()}); }
  Ran restore(std::uint32_t i) const { return replica(i, {"--restore", copy()}); }
  LogImage log_of(std::uint32_t i) const {
    const auto opened = LogStore::open(replica_log_path(file(), ReplicaId(i)), id(), ReplicaId(i), LogStoreOptions{});
    REQUIRE(opened);
    return (*opened)->load().value();
  }
  void remove_stores_of_replica_0() const {
    std::filesystem::remove_all(replica_log_path(file(), ReplicaId(0)));
    std::filesystem::remove_all(replica_state_path(file(), ReplicaId(0)));
  }
  Digest root_at(std::uint64_t n) const {
    const TemporaryDirectory scratch;
    return make_state_at(scratch.path() / "state", n);
  }
  Ran cluster(const std::string& command) const { return run("quorate", {"cluster", command, directory().string()}); }
  std::filesystem::path directory() const { return root_.path() / "c"; }
  std::filesystem::path file() const { return directory() / "cluster.toml"; }
  std::string copy() const { return (root_.path() / "copy").string(); }

 private:
  Digest id() const { return sample_.genesis().cluster_id(); }
  Ran replica(std::uint32_t i, Arguments more) const {
    more.insert(more.begin(), {"--cluster", file().string(), "--id", std::to_string(i)});
    return run("quorate-replica", more);
  }
  void make_state(std::uint64_t n) const { make_state_at(replica_state_path(file(), ReplicaId(0)), n); }
  /// The state after n null batches; its root.
  Digest make_state_at(const std::filesystem::path& path, std::uint64_t n) const {
    REQUIRE(StateStore::init(path, id(), ReplicaId(0)));
    const auto state = StateStore::open(path, id(), ReplicaId(0), StateStoreOptions{});
    REQUIRE(state);
    Service service(sample_.genesis(), **state);
    for (std::uint64_t slot = 1; slot <= n; ++slot) service.execute(SequenceNumber(slot), null_digest(), nullptr);
    if (n == 0) return (*state)->root();
    service.write_checkpoint();
    const auto frozen = (*state)->freeze(SequenceNumber(n));
    Digest root;
    REQUIRE((*state)->commit(frozen, [&](const Digest& computed) { root = computed; }));
    (*state)->settle(frozen);
    return root;
  }

  std::uint32_t replicas_;
  SampleCluster sample_;
  TemporaryDirectory root_;
};

}  // namespace

TEST_CASE("a restored cluster goes on wherever state, checkpoint and log stood, and nobody's votes are carried over") {
  struct Case {
    std::uint64_t state, end, stable;
  };
  for (const Case& at : {Case{0, 5, 0}, Case{8, 19, 16}, Case{16, 16, 0}, Case{16, 24, 8}}) {
    CAPTURE(at.state);
    CAPTURE(at.end);
    CAPTURE(at.stable);
    CraftedCluster crafted;
    crafted.store(crafted.image(at.state, at.end, at.stable));
    const Ran made = crafted.back_up();
    REQUIRE_MESSAGE(made.status == 0, made.err);
    CHECK(crafted.restore(0).status == 3);  // its stores are there
    crafted.remove_stores_of_replica_0();
    for (std::uint32_t i = 0; i < 4; ++i) {
      REQUIRE(crafted.restore(i).status == 0);
      const LogImage log = crafted.log_of(i);
      CHECK(log.accepted.empty());
      CHECK(log.prepared.empty());
      CHECK(log.committed.size() == at.end - at.state);
      CHECK(log.bodies_collected == SequenceNumber(at.state));
      CHECK(log.stable.has_value() == (at.stable != 0));
      CHECK(log.own_checkpoints.size() == (at.state > at.stable ? 1 : 0));
    }
    CHECK(crafted.cluster("start").status == 0);
    // Enough to fill any window: it goes on only if checkpoints become stable.
    for (int i = 0; i < 18; ++i) {
      REQUIRE(run("quorate", {"add", "--cluster", crafted.directory().string(), "n", "1"}).status == 0);
    }
  }
}

TEST_CASE("a backup refuses stores from which no cluster could go on, and proofs that do not hold") {
  const auto refused = [](CraftedCluster& crafted, const LogImage& log, const std::string& why) {
    crafted.store(log);
    const Ran made = crafted.back_up();
    CHECK(made.status == 3);
    CHECK_MESSAGE(says(made, why), made.err);
    CHECK_FALSE(std::filesystem::exists(crafted.copy()));
    CHECK(std::distance(std::filesystem::directory_iterator(crafted.directory().parent_path()), {}) == 1);
  };
  SUBCASE("it lacks slots below the stable checkpoint") {
    CraftedCluster crafted;
    refused(crafted, crafted.image(0, 5, 16), "catching up");
  }
  SUBCASE("it knows no checkpoint as new as its slots") {
    CraftedCluster crafted;
    refused(crafted, crafted.image(8, 33, 8), "catching up");
  }
  SUBCASE("a decided slot without its quorum") {
    CraftedCluster crafted;
    LogImage log = crafted.image(8, 12, 8);
    log.committed.at(SequenceNumber(10)).certificate.commits[1].signature.bytes[0] ^= 1;
    refused(crafted, log, "the proof of slot 10 is wrong");
  }
  SUBCASE("a stable checkpoint without its quorum") {
    CraftedCluster crafted;
    LogImage log = crafted.image(8, 12, 8);
    log.stable->checkpoints[2].signature.bytes[0] ^= 1;
    refused(crafted, log, "the proof of checkpoint 8 is wrong");
  }
  SUBCASE("a state that is not the one agreed on") {
    CraftedCluster crafted;
    const Digest other = crafted.root_at(7);
    refused(crafted, crafted.image(8, 12, 8, &other), "not the one that the cluster agreed on");
  }
  SUBCASE("a log that has dropped what the state lacks") {
    CraftedCluster crafted;
    LogImage log = crafted.image(0, 12, 8);
    log.bodies_collected = SequenceNumber(16);
    log.committed.clear();
    refused(crafted, log, "has dropped what led on");
  }
}

}  // namespace quorate::cluster_tests
