// What a state transfer costs: bytes, and the processor time of both sides on one thread, forces included.
//
// A store of so many keys is served to one that lacks all of them, 1 % at random, 1 % in one range, or none. Everything
// but the network is the product's: stores, tree, messages and their wire form. usage: transfer_bench [KEYS] [CASE]
#include <stdlib.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <utility>

#include "crypto/check.h"
#include "crypto/ed25519.h"
#include "messages/codec.h"
#include "messages/sign.h"
#include "replica/service/state_contents.h"
#include "replica/service/state_transfer.h"
#include "replica/service/state_tree.h"
#include "replica/storage/state_store.h"

namespace quorate {
namespace {

constexpr std::size_t value_bytes = 128;
constexpr SequenceNumber served(256);
constexpr SequenceNumber damaged(512);

template <typename T>
T must(Result<T> result) {
  check(result.has_value(), "the store works");
  return std::move(*result);
}
void must(const Result<void>& result) { check(result.has_value(), "the store works"); }

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "quorate-transfer-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "a temporary directory can be made");
    path_ = name;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Whose signatures nobody checks here.
struct Cluster {
  Genesis genesis;
  Ed25519Signer key{SecretSeed({1})};

  Cluster() {
    genesis.replica_keys.assign(4, key.public_key());
    genesis.client_keys.push_back(key.public_key());
  }
};

std::string key_of(std::uint64_t i) {
  std::string digits = std::to_string(i);
  return "kbench/" + std::string(12 - digits.size(), '0') + digits;
}

void commit(StateStore& store, SequenceNumber n) {
  const auto frozen = store.freeze(n);
  must(store.commit(frozen));
  store.settle(frozen);
}

std::unique_ptr<StateStore> open(const Cluster& cluster, const std::filesystem::path& path) {
  return must(StateStore::open(path, cluster.genesis.cluster_id(), ReplicaId(0), StateStoreOptions{}));
}

void fill(const Cluster& cluster, const std::filesystem::path& path, std::uint64_t keys) {
  must(StateStore::init(path, cluster.genesis.cluster_id(), ReplicaId(0)));
  const auto store = open(cluster, path);
  std::mt19937_64 random(7);
  Bytes value(value_bytes);
  for (std::uint64_t i = 0; i < keys; ++i) {
    for (std::uint8_t& byte : value) byte = static_cast<std::uint8_t>(random());
    store->put(as_bytes(key_of(i)), value);
  }
  commit(*store, served);
}

struct Cost {
  std::uint64_t bytes = 0;
  double wall_seconds = 0;
  double cpu_seconds = 0;
};

/// Messages go through their wire form, in order.
Cost transfer(const Cluster& cluster, const StateStore& from, StateStore& to) {
  const StateViewPtr view = from.view();
  const MessageSigner signer(cluster.genesis.cluster_id(), cluster.key);
  to.suspend();
  const auto target = to.transfer_target();
  StateTransfer transfer(cluster.genesis, ReplicaId(3), signer, *target);
  const SteadyTime now(1);
  const auto begun = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  Cost cost;
  std::deque<std::pair<ReplicaId, Message>> under_way;
  transfer.begin(served, now);
  while (transfer.active()) {
    auto output = transfer.take();
    check(!output.failed, "the store works");
    for (auto& send : output.sends) under_way.push_back(std::move(send));
    check(!under_way.empty(), "the transfer goes on");
    const auto [peer, message] = std::move(under_way.front());
    under_way.pop_front();
    if (std::holds_alternative<StateQuery>(message)) {
      const Digest root = state_tree::root_digest(state_tree::top(view->nodes()));
      transfer.step(StateOffer{peer, served, root, {}}, peer, now);
      continue;
    }
    const auto fetch = decode(encode(message));
    const Bytes frame = encode(state_contents::answer(*view, std::get<StateFetch>(*fetch)));
    cost.bytes += frame.size();
    const auto parts = decode(frame);
    transfer.step(std::get<StateParts>(*parts), peer, now);
  }
  must(to.adopt());
  cost.cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  cost.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  check(to.root() == from.root() || from.root() == Digest(), "the state is that of the source");
  return cost;
}

struct Case {
  const char* name;
  bool empty;
  std::function<void(StateStore&, std::uint64_t keys)> damage;  // null: nothing is missing
};

const std::array<Case, 4>& cases() {
  static const std::array<Case, 4> all{Case{"all", true, nullptr},
                                       Case{"random", false,
                                            [](StateStore& store, std::uint64_t keys) {
                                              std::mt19937_64 random(3);
                                              for (std::uint64_t i = 0; i < keys / 100; ++i)
                                                store.erase(as_bytes(key_of(random() % keys)));
                                            }},
                                       Case{"range", false,
                                            [](StateStore& store, std::uint64_t keys) {
                                              for (std::uint64_t i = 0; i < keys / 100; ++i)
                                                store.erase(as_bytes(key_of(keys / 2 + i)));
                                            }},
                                       Case{"none", false, nullptr}};
  return all;
}

void run(const Cluster& cluster, const Case& how, std::uint64_t keys, const Directory& directory) {
  const auto source = directory / "source";
  const auto target = directory / "target";
  std::filesystem::remove_all(target);
  if (how.empty) {
    must(StateStore::init(target, cluster.genesis.cluster_id(), ReplicaId(0), false));
  } else {
    std::filesystem::copy(source, target, std::filesystem::copy_options::recursive);
  }
  const auto from = open(cluster, source);
  const auto to = open(cluster, target);
  if (how.damage) {
    how.damage(*to, keys);
    commit(*to, damaged);
  }
  const Cost cost = transfer(cluster, *from, *to);
  const double data = static_cast<double>(keys * (12 + 6 + value_bytes));
  std::printf(R"({"missing": "%s", "keys": %llu, "bytes": %llu, "share": %.5f, "seconds": %.3f, "cpu_seconds": %.3f, )"
              R"("mb_per_second": %.1f, "cpu_us_per_key": %.2f})"
              "\n",
              how.name, static_cast<unsigned long long>(keys), static_cast<unsigned long long>(cost.bytes),
              static_cast<double>(cost.bytes) / data, cost.wall_seconds, cost.cpu_seconds,
              data / cost.wall_seconds / 1e6, cost.cpu_seconds * 1e6 / static_cast<double>(keys));
}

}  // namespace
}  // namespace quorate

int main(int argc, char** argv) {
  using namespace quorate;
  const std::uint64_t keys = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::string only = argc > 2 ? argv[2] : "";
  if (keys < 1000) {
    std::fprintf(stderr, "usage: transfer_bench [KEYS] [all|random|range|none]; at least 1000 keys\n");
    return 2;
  }
  const Cluster cluster;
  const Directory directory;
  fill(cluster, directory / "source", keys);
  for (const Case& how : cases())
    if (only.empty() || only == how.name) run(cluster, how, keys, directory);
}
