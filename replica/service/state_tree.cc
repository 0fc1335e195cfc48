#include "replica/service/state_tree.h"

#include <algorithm>
#include <map>
#include <set>

#include "crypto/check.h"
#include "replica/service/ordered_map.h"

namespace quorate::state_tree {
namespace {

constexpr std::uint8_t rank_max = 12;

// A node's key in its table: level u8 ‖ first.
Bytes node_key(std::uint8_t level, ByteView first) {
  Bytes key;
  key.reserve(1 + first.size());
  key.push_back(level);
  key.insert(key.end(), first.begin(), first.end());
  return key;
}

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

Bytes after(ByteView key) {
  Bytes next = to_bytes(key);
  next.push_back(0);
  return next;
}

void append_entry(ByteWriter& content, ByteView key, ByteView value) {
  content.prefixed(key);
  content.prefixed(value);
}

bool before(ByteView key, const std::optional<Bytes>& to) { return !to || ByteOrder()(key, *to); }

/// All nodes of this level and above.
void erase_from(WritableTable& nodes, std::uint8_t level) {
  std::vector<Bytes> old;
  nodes.scan(node_key(level, {}), [&](ByteView key, ByteView) {
    old.push_back(to_bytes(key));
    return true;
  });
  for (const Bytes& key : old) nodes.erase(key);
}

using Dirty = std::map<std::uint8_t, std::set<Bytes, ByteOrder>>;

class Update {
 public:
  Update(const Table& entries, WritableTable& nodes) : entries_(entries), nodes_(nodes) {}

  void changed(ByteView key) {
    const std::uint8_t levels = rank(key);
    const bool is_there = present(key);
    if (levels != 0 && is_there != node(nodes_, 1, key).has_value()) {
      for (std::uint8_t level = 1; level <= levels; ++level) is_there ? insert(level, key) : erase(level, key);
      mark(static_cast<std::uint8_t>(levels + 1), key);
      group_.reset();
    }
    // Keys ascend: most are of the group of the one before.
    if (group_ && before(key, group_->next)) return;
    Bytes first = holder(nodes_, 1, key);
    group_ = Group{next_first(nodes_, 1, first)};
    dirty_[1].insert(std::move(first));
  }

  /// Level by level upwards, until one has a single node.
  void settle() {
    for (std::uint8_t level = 1;; ++level) {
      check(level <= rank_max + 1, "a level above the highest rank has a single node");
      if (!node(nodes_, level, {})) dirty_[level].insert(Bytes());
      for (const Bytes& first : dirty_[level]) renew(level, first);
      if (next_first(nodes_, level, {})) continue;
      for (std::uint8_t above = level + 1; node(nodes_, above, {}); ++above) nodes_.erase(node_key(above, {}));
      return;
    }
  }

 private:
  bool present(ByteView key) const {
    bool found = false;
    entries_.scan(key, [&](ByteView at, ByteView) {
      found = std::ranges::equal(at, key);
      return false;
    });
    return found;
  }

  void mark(std::uint8_t level, ByteView key) { dirty_[level].insert(holder(nodes_, level, key)); }

  void insert(std::uint8_t level, ByteView key) {
    mark(level, key);  // the node that is cut
    nodes_.put(node_key(level, key), Digest().bytes);
    dirty_[level].insert(to_bytes(key));
  }

  void erase(std::uint8_t level, ByteView key) {
    nodes_.erase(node_key(level, key));
    dirty_[level].erase(to_bytes(key));
    mark(level, key);  // the node that takes over
  }

  void renew(std::uint8_t level, const Bytes& first) {
    const auto next = next_first(nodes_, level, first);
    const Digest digest =
        level == 1 ? digest_of_group(first, next) : node_digest(level, nodes_between(nodes_, level - 1, first, next));
    if (digest == node(nodes_, level, first)) return;
    nodes_.put(node_key(level, first), digest.bytes);
    mark(static_cast<std::uint8_t>(level + 1), first);
  }

  Digest digest_of_group(const Bytes& first, const std::optional<Bytes>& next) const {
    ByteWriter content;
    content.reserve(group_bytes_);
    entries_.scan(first, [&](ByteView key, ByteView value) {
      if (!before(key, next)) return false;
      append_entry(content, key, value);
      return true;
    });
    group_bytes_ = std::max(group_bytes_, content.size());
    return digest_of("state group", content.view());
  }

  struct Group {
    std::optional<Bytes> next;
  };

  const Table& entries_;
  WritableTable& nodes_;
  Dirty dirty_;
  std::optional<Group> group_;           // of the key before
  mutable std::size_t group_bytes_ = 0;  // of the largest so far
};

}  // namespace

std::uint8_t rank(ByteView key) {
  const Digest digest = digest_of("state boundary", key);
  std::uint64_t drawn = ByteReader(digest.bytes).u64();
  std::uint8_t levels = 0;
  while (levels < rank_max && drawn % fan_out == 0) {
    drawn /= fan_out;
    ++levels;
  }
  return levels;
}

Digest group_digest(std::span<const Entry> entries) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : entries) bytes += 8 + key.size() + value.size();
  ByteWriter content;
  content.reserve(bytes);
  for (const auto& [key, value] : entries) append_entry(content, key, value);
  return digest_of("state group", content.view());
}

Digest node_digest(std::uint8_t level, std::span<const Node> children) {
  ByteWriter content;
  content.u8(level);
  for (const Node& child : children) {
    content.prefixed(child.first);
    content.raw(child.digest.bytes);
  }
  return digest_of("state node", content.view());
}

Digest root_digest(const Top& top) { return Hasher("state root").u8(top.level).digest(top.digest).finish(); }

Bytes short_digest(ByteView key, ByteView value) {
  const Digest digest = Hasher("state entry").prefixed(key).prefixed(value).finish();
  return {digest.bytes.begin(), digest.bytes.begin() + short_digest_bytes};
}

void update(const Table& entries, WritableTable& nodes, std::span<const Bytes> changed) {
  Update update(entries, nodes);
  for (const Bytes& key : changed) update.changed(key);
  update.settle();
}

void rebuild(const Table& entries, WritableTable& nodes) {
  erase_from(nodes, 1);
  std::vector<Node> groups(1);
  ByteWriter content;
  std::size_t largest = 0;
  const auto close = [&] {
    largest = std::max(largest, content.size());
    groups.back().digest = digest_of("state group", content.view());
    content = ByteWriter();
    content.reserve(largest);
  };
  entries.scan({}, [&](ByteView key, ByteView value) {
    if (rank(key) != 0) {
      close();
      groups.push_back({to_bytes(key), {}});
    }
    append_entry(content, key, value);
    return true;
  });
  close();
  for (const Node& group : groups) nodes.put(node_key(1, group.first), group.digest.bytes);
  rebuild_above_groups(nodes);
}

void put_group(WritableTable& nodes, ByteView first, const std::optional<Bytes>& next, const Digest& digest) {
  for (;;) {
    const auto inner = next_first(nodes, 1, first);
    if (!inner || !before(*inner, next)) break;
    nodes.erase(node_key(1, *inner));
  }
  nodes.put(node_key(1, first), digest.bytes);
}

void rebuild_above_groups(WritableTable& nodes) {
  erase_from(nodes, 2);
  for (std::uint8_t level = 2; next_first(nodes, static_cast<std::uint8_t>(level - 1), {}); ++level) {
    std::vector<Node> made;
    std::vector<Node> run;
    const auto close = [&] { made.push_back({run.front().first, node_digest(level, run)}); };
    nodes.scan(node_key(static_cast<std::uint8_t>(level - 1), {}), [&](ByteView key, ByteView value) {
      if (key[0] >= level) return false;
      Node node{to_bytes(key.subspan(1)), {}};
      std::ranges::copy(value, node.digest.bytes.begin());
      if (!run.empty() && rank(node.first) >= level) {
        close();
        run.clear();
      }
      run.push_back(std::move(node));
      return true;
    });
    close();
    for (const Node& node : made) nodes.put(node_key(level, node.first), node.digest.bytes);
  }
}

Bytes holder(const Table& nodes, std::uint8_t level, ByteView key) {
  const auto found = nodes.floor(node_key(level, key));
  if (!found || found->empty() || (*found)[0] != level) return {};
  return {found->begin() + 1, found->end()};
}

Top top(const Table& nodes) {
  std::uint8_t level = 1;
  while (next_first(nodes, level, {})) ++level;
  const auto digest = node(nodes, level, {});
  check(digest.has_value(), "the highest level has a node");
  return {level, *digest};
}

std::optional<Digest> node(const Table& nodes, std::uint8_t level, ByteView first) {
  const Bytes key = node_key(level, first);
  std::optional<Digest> found;
  nodes.scan(key, [&](ByteView at, ByteView value) {
    if (!std::ranges::equal(at, key)) return false;
    check(value.size() == Digest::size, "a node is a digest");
    std::ranges::copy(value, found.emplace().bytes.begin());
    return false;
  });
  return found;
}

std::optional<Bytes> next_first(const Table& nodes, std::uint8_t level, ByteView first) {
  std::optional<Bytes> next;
  nodes.scan(node_key(level, after(first)), [&](ByteView key, ByteView) {
    if (key[0] == level) next = to_bytes(key.subspan(1));
    return false;
  });
  return next;
}

std::vector<Node> nodes_between(const Table& nodes, std::uint8_t level, ByteView from, const std::optional<Bytes>& to) {
  std::vector<Node> found;
  nodes.scan(node_key(level, from), [&](ByteView key, ByteView value) {
    if (key[0] != level || !before(key.subspan(1), to)) return false;
    check(value.size() == Digest::size, "a node is a digest");
    Node& node = found.emplace_back(Node{to_bytes(key.subspan(1)), {}});
    std::ranges::copy(value, node.digest.bytes.begin());
    return true;
  });
  return found;
}

std::vector<Entry> entries_between(const Table& entries, ByteView from, const std::optional<Bytes>& to) {
  std::vector<Entry> found;
  entries.scan(from, [&](ByteView key, ByteView value) {
    if (!before(key, to)) return false;
    found.emplace_back(to_bytes(key), to_bytes(value));
    return true;
  });
  return found;
}

}  // namespace quorate::state_tree
