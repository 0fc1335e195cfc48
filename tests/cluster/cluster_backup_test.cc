// quorate cluster backup, restore and wipe: a whole cluster goes back together, or nothing changes.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "client/command/restore_swap.h"
#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

std::int64_t added(const CommandCluster& cluster) {
  const Ran ran = cluster.data("add", {"n", "1"});
  REQUIRE(ran.status == 0);
  return std::stoll(ran.out);
}

std::string beside(const CommandCluster& cluster, const std::string& name) {
  return (std::filesystem::path(cluster.directory()).parent_path() / name).string();
}

/// Flips a byte in each page, so that one is in a record.
void damage(const std::filesystem::path& file) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto size = std::filesystem::file_size(file);
  for (std::uintmax_t at = 2 * 4096 + 4090; at < size; at += 4096) {
    bytes.seekg(static_cast<std::streamoff>(at));
    const int byte = bytes.get();
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(static_cast<char>(byte ^ 1));
  }
}

/// Holds a store as a replica does that nobody's pid file knows.
class OwnerLockHolder {
 public:
  explicit OwnerLockHolder(const std::filesystem::path& store)
      : file_(::open((store / "owner.lock").c_str(), O_RDWR | O_CREAT, 0600)) {
    REQUIRE(::flock(file_, LOCK_EX | LOCK_NB) == 0);
  }
  ~OwnerLockHolder() { ::close(file_); }
  OwnerLockHolder(const OwnerLockHolder&) = delete;
  OwnerLockHolder& operator=(const OwnerLockHolder&) = delete;

 private:
  int file_;
};

/// As a full disk, for what this process starts.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{bytes, before_.rlim_max};
    ::signal(SIGXFSZ, SIG_IGN);  // an error of the write, as on a full disk; a child inherits it
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_DFL);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("a backup under load, more writes, a restore: the counter is at a moment between, and all replicas agree") {
  const CommandCluster cluster({"--clients", "4"});
  const std::string copy = beside(cluster, "copy");
  REQUIRE(cluster.cluster("start").status == 0);
  // Past a checkpoint or two, so that there is a state as well as a log.
  REQUIRE(cluster
              .data("bench", {"--clients", "1", "--outstanding", "1", "--keys", "100", "--seconds", "1", "--warmup",
                              "0", "--no-preload"})
              .status == 0);
  const std::int64_t before = added(cluster);
  std::atomic<bool> enough = false;
  auto load = std::async(std::launch::async, [&] {
    std::int64_t last = before;
    while (!enough) last = added(cluster);
    return last;
  });
  const Ran made = cluster.cluster("backup", {copy, "--json"});
  enough = true;
  const std::int64_t after = load.get();
  CHECK_MESSAGE(made.status == 0, made.err);
  CHECK(made.out.find(R"("slot":)") != std::string::npos);
  CHECK(cluster.cluster("backup", {copy}).status == 2);  // never overwritten
  CHECK(added(cluster) == after + 1);

  CHECK(cluster.cluster("restore", {copy}).status == 1);  // it runs
  CHECK(cluster.cluster("stop").status == 0);
  const Ran restored = cluster.cluster("restore", {copy});
  CHECK_MESSAGE(restored.status == 0, restored.err);
  REQUIRE(cluster.cluster("start").status == 0);
  const Ran read = cluster.data("get", {"n"});
  REQUIRE(read.status == 0);
  const std::int64_t back = std::stoll(read.out);
  CHECK(back >= before);
  CHECK(back <= after);
  CHECK(added(cluster) == back + 1);
  for (const char* replica : {"0", "1", "2", "3"}) CHECK(cluster.cluster("wait", {"--caught-up", replica}).status == 0);
  CHECK(cluster.cluster("wait", {"--healthy"}).status == 0);

  // Of a stopped cluster too, and with a replica that lost its stores.
  CHECK(cluster.cluster("stop").status == 0);
  const std::string offline = beside(cluster, "offline");
  CHECK(cluster.cluster("backup", {offline, "--replica", "2"}).status == 0);
  CHECK(cluster.cluster("wipe", {"2", "--yes"}).status == 0);
  CHECK(cluster.cluster("backup", {beside(cluster, "x"), "--replica", "2"}).status == 2);
  CHECK(cluster.cluster("restore", {offline, "--json"}).status == 0);
  CHECK(cluster.cluster("start").out == "4 replicas started, 0 ran already\n");
  CHECK(added(cluster) == back + 2);
}

TEST_CASE("a restore that cannot be done changes nothing") {
  const CommandCluster cluster;
  const CommandCluster other;
  const std::string copy = beside(cluster, "copy");
  REQUIRE(cluster.cluster("start").status == 0);
  REQUIRE(cluster.data("put", {"k", "old"}).status == 0);
  REQUIRE(cluster.cluster("backup", {copy}).status == 0);
  REQUIRE(cluster.data("put", {"k", "new"}).status == 0);
  REQUIRE(cluster.cluster("stop").status == 0);

  const Ran missing = cluster.cluster("restore", {beside(cluster, "nothing")});
  CHECK(missing.status == 2);
  CHECK(says(missing, "no whole backup"));
  const Ran foreign = other.cluster("restore", {copy});
  CHECK(foreign.status == 2);
  CHECK(says(foreign, "another cluster"));
  for (const char* store : {"log", "state"}) {
    const std::string damaged = beside(cluster, std::string("damaged-") + store);
    std::filesystem::copy(copy, damaged, std::filesystem::copy_options::recursive);
    damage(std::filesystem::path(damaged) / store / "data.mdb");
    const Ran refused = cluster.cluster("restore", {damaged});
    CHECK(refused.status == 2);
    CHECK(says(refused, "nothing was changed"));
  }
  // No room: no file may grow beyond this.
  {
    const FileSizeLimit small(8192);
    const Ran full = cluster.cluster("restore", {copy});
    CHECK(full.status == 2);
    CHECK(says(full, "nothing was changed"));
    CHECK(cluster.cluster("backup", {beside(cluster, "no-room")}).status == 2);
  }
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(copy).parent_path())) {
    CHECK(entry.path().filename().string().find("no-room") == std::string::npos);
  }
  // Somebody started a replica without the command.
  {
    const OwnerLockHolder holder(replica_log_path(cluster.file(), ReplicaId(1)));
    CHECK(cluster.cluster("restore", {copy}).status == 1);
    CHECK(cluster.cluster("wipe", {"1", "--yes"}).status == 1);
  }
  std::filesystem::rename(replica_key_path(cluster.file(), ReplicaId(3)), beside(cluster, "key"));
  CHECK(cluster.cluster("restore", {copy}).status == 2);  // one replica would not go back
  std::filesystem::rename(beside(cluster, "key"), replica_key_path(cluster.file(), ReplicaId(3)));
  CHECK(cluster.cluster("start").status == 0);
  CHECK(cluster.data("get", {"k"}).out == "new");
}

TEST_CASE("a restore that was interrupted at any rename is completed by the next command, in all replicas") {
  const CommandCluster cluster;
  const command::Directory directory{cluster.directory()};
  const auto file = read_cluster_file(cluster.file());
  REQUIRE(file);
  const auto place = command::restore_place(directory) / "cluster.toml";
  const auto mark = [](const std::filesystem::path& store, const char* text) {
    std::filesystem::create_directories(store);
    std::ofstream(store / "mark") << text;
  };
  const auto stores_of = [&](const std::filesystem::path& at, std::uint32_t i) {
    return std::vector{replica_log_path(at, ReplicaId(i)), replica_state_path(at, ReplicaId(i))};
  };
  const auto marked = [](const std::filesystem::path& store) {
    std::string text;
    std::ifstream(store / "mark") >> text;
    return text;
  };
  // A store goes through: both there; the old one aside; the new one in place. 8 stores, so 17 moments.
  for (std::size_t moment = 0; moment <= 16; ++moment) {
    std::size_t left = moment;
    for (std::uint32_t i = 0; i < 4; ++i) {
      for (std::size_t kind = 0; kind < 2; ++kind) {
        const auto store = stores_of(cluster.file(), i)[kind];
        const auto fresh = stores_of(place, i)[kind];
        std::filesystem::remove_all(store);
        mark(store, "old");
        mark(fresh, "new");
        const std::size_t renames = std::min<std::size_t>(left, 2);
        left -= renames;
        const auto aside = directory.root / "restore.old" / store.lexically_relative(directory.root);
        if (renames >= 1) {
          std::filesystem::create_directories(aside.parent_path());
          std::filesystem::rename(store, aside);
        }
        if (renames == 2) std::filesystem::rename(fresh, store);
      }
    }
    REQUIRE(command::decide_restore(directory));
    const Ran next = cluster.cluster("kill");
    CHECK(says(next, "now complete"));
    for (std::uint32_t i = 0; i < 4; ++i)
      for (const auto& store : stores_of(cluster.file(), i)) CHECK(marked(store) == "new");
    CHECK_FALSE(std::filesystem::exists(directory.root / "restore.old"));
    CHECK_FALSE(std::filesystem::exists(directory.root / "restore.ready"));
  }
}

TEST_CASE("wipe: only a stopped replica, only when it is meant") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.cluster("wipe", {"3", "--yes"}).status == 1);
  CHECK(cluster.cluster("wipe").status == 2);
  CHECK(cluster.cluster("wipe", {"9", "--yes"}).status == 2);
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  const Ran unasked = cluster.cluster("wipe", {"3"});
  CHECK(unasked.status == 2);
  CHECK(says(unasked, "--yes"));
  CHECK(cluster.cluster("start", {"3"}).status == 0);
  REQUIRE(cluster.cluster("stop", {"3"}).status == 0);
  const Ran wiped = cluster.cluster("wipe", {"3", "--yes"});
  CHECK(wiped.status == 0);
  CHECK(says(wiped, "it is mute until"));
  CHECK(cluster.cluster("wipe", {"3", "--yes"}).status == 1);
  CHECK(cluster.cluster("status").out.find("its stores are gone") != std::string::npos);
  CHECK(cluster.data("put", {"k", "v"}).status == 0);
}

}  // namespace quorate::cluster_tests
