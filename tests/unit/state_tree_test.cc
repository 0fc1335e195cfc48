// The tree over the state: it depends on the entries alone, and a change costs little.
#include "replica/service/state_tree.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "replica/service/ordered_map.h"

namespace quorate {
namespace {

using namespace state_tree;

Bytes key_of(std::uint64_t i) {
  ByteWriter out;
  out.raw(as_bytes("k/" + std::to_string(i)));
  return out.take();
}

struct Tree {
  MemoryMap entries;
  MemoryMap nodes;
  std::set<Bytes, ByteOrder> changed;

  Tree() { settle(); }
  void put(const Bytes& key, const std::string& value) {
    entries.put(key, as_bytes(value));
    changed.insert(key);
  }
  void erase(const Bytes& key) {
    entries.erase(key);
    changed.insert(key);
  }
  Digest settle() {
    update(entries, nodes, std::vector<Bytes>(changed.begin(), changed.end()));
    changed.clear();
    return root_digest(top(nodes));
  }
};

std::vector<Entry> all(const MemoryMap& map) { return entries_between(map, {}, std::nullopt); }

}  // namespace

TEST_CASE("the tree depends on the entries alone, not on the way to them") {
  std::mt19937_64 random(7);
  Tree tree;
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t changes = random() % 80;
    for (std::uint64_t i = 0; i < changes; ++i) {
      const Bytes key = key_of(random() % 3000);
      if (random() % 3 == 0) {
        tree.erase(key);
      } else {
        tree.put(key, std::to_string(random() % 100));
      }
    }
    const Digest root = tree.settle();
    MemoryMap made_anew;
    rebuild(tree.entries, made_anew);
    REQUIRE(all(tree.nodes) == all(made_anew));
    REQUIRE(root == root_digest(top(made_anew)));
  }
  CHECK(top(tree.nodes).level >= 2);
  for (const auto& [key, value] : all(tree.entries)) tree.erase(key);
  CHECK(tree.settle() == Tree().settle());
  CHECK(all(tree.nodes).size() == 1);
}

TEST_CASE("each entry bears on the root: key, value, presence") {
  Tree tree;
  for (std::uint64_t i = 0; i < 500; ++i) tree.put(key_of(i), "v");
  const Digest before = tree.settle();
  std::set<Digest> roots{before};
  for (const std::uint64_t i : {0, 17, 499}) {
    tree.put(key_of(i), "w");
    CHECK(roots.insert(tree.settle()).second);
    tree.erase(key_of(i));
    CHECK(roots.insert(tree.settle()).second);
    tree.put(key_of(i), "v");
    CHECK(tree.settle() == before);
  }
}

TEST_CASE("each node is the digest of what lies below it, up to the top") {
  Tree tree;
  for (std::uint64_t i = 0; i < 5000; ++i) tree.put(key_of(i), std::to_string(i));
  tree.settle();
  const Top highest = top(tree.nodes);
  REQUIRE(highest.level >= 3);
  for (std::uint8_t level = 1; level <= highest.level; ++level) {
    for (const Node& one : nodes_between(tree.nodes, level, {}, std::nullopt)) {
      const auto next = next_first(tree.nodes, level, one.first);
      CHECK(one.digest == (level == 1 ? group_digest(entries_between(tree.entries, one.first, next))
                                      : node_digest(level, nodes_between(tree.nodes, level - 1, one.first, next))));
      CHECK(node(tree.nodes, level, one.first) == one.digest);
    }
  }
  CHECK_FALSE(node(tree.nodes, highest.level + 1, {}).has_value());
}

TEST_CASE("groups have the stated size on average, and nodes take little room") {
  Tree tree;
  constexpr std::uint64_t count = 20'000;
  std::size_t entry_bytes = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    tree.put(key_of(i), std::string(128, 'v'));
    entry_bytes += key_of(i).size() + 128;
  }
  tree.settle();
  const std::size_t groups = nodes_between(tree.nodes, 1, {}, std::nullopt).size();
  CHECK(count / groups > fan_out * 8 / 10);
  CHECK(count / groups < fan_out * 12 / 10);
  std::size_t node_bytes = 0;
  for (const auto& [key, value] : all(tree.nodes)) node_bytes += key.size() + value.size();
  CHECK(node_bytes * 4 < entry_bytes);
}

TEST_CASE("a change costs its group and one node for each level") {
  Tree tree;
  for (std::uint64_t i = 0; i < 3000; ++i) tree.put(key_of(i), "v");
  tree.settle();
  const auto before = all(tree.nodes);
  Bytes inner = key_of(1234);
  for (std::uint64_t i = 1234; rank(inner) != 0; ++i) inner = key_of(i);
  tree.put(inner, "w");
  tree.settle();
  const auto after = all(tree.nodes);
  REQUIRE(before.size() == after.size());
  std::size_t differing = 0;
  for (std::size_t i = 0; i < before.size(); ++i) differing += before[i] == after[i] ? 0 : 1;
  CHECK(differing == top(tree.nodes).level);
}

}  // namespace quorate
