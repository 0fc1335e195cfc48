#include "replica/service/state_contents.h"

#include <algorithm>
#include <utility>

#include "messages/limits.h"
#include "replica/service/ordered_map.h"

namespace quorate::state_contents {
namespace {

using state_tree::Entry;
using state_tree::Node;
using state_tree::Top;

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

/// Keys in order share their beginnings: each is u8 bytes in common with the one before ‖ the rest as bytes.
class KeyWriter {
 public:
  explicit KeyWriter(ByteWriter& out) : out_(out) {}
  void write(ByteView key) {
    const std::size_t bound = std::min({key.size(), before_.size(), std::size_t{255}});
    const auto common = static_cast<std::size_t>(
        std::mismatch(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(bound), before_.begin()).first -
        key.begin());
    out_.u8(static_cast<std::uint8_t>(common));
    out_.prefixed(key.subspan(common));
    before_.assign(key.begin(), key.end());
  }

 private:
  ByteWriter& out_;
  Bytes before_;
};

class KeyReader {
 public:
  explicit KeyReader(ByteReader& in) : in_(in) {}
  Bytes read() {
    const std::uint8_t common = in_.u8();
    const ByteView rest = in_.prefixed(limits::state_key_bytes_max);
    if (common > before_.size() || common + rest.size() > limits::state_key_bytes_max) {
      in_.fail();
      return {};
    }
    before_.resize(common);
    before_.insert(before_.end(), rest.begin(), rest.end());
    return before_;
  }

 private:
  ByteReader& in_;
  Bytes before_;
};

Bytes of_children(std::span<const Node> children) {
  ByteWriter out;
  KeyWriter keys(out);
  for (const Node& child : children) {
    keys.write(child.first);
    out.raw(child.digest.bytes);
  }
  return out.take();
}

/// Visits the entries of the group that begins at `first`, without copying them.
template <typename Visit>
void of_group(const Table& entries, ByteView first, const std::optional<Bytes>& next, const Visit& visit) {
  entries.scan(first, [&](ByteView key, ByteView value) {
    if (next && !ByteOrder()(key, *next)) return false;
    visit(key, value);
    return true;
  });
}

Bytes of_digests(const Table& entries, ByteView first, const std::optional<Bytes>& next) {
  ByteWriter out;
  of_group(entries, first, next, [&](ByteView key, ByteView value) { out.raw(state_tree::short_digest(key, value)); });
  return out.take();
}

/// Those that `selected` marks; all if it is empty.
Bytes of_entries(const Table& entries, ByteView first, const std::optional<Bytes>& next, ByteView selected) {
  ByteWriter out;
  KeyWriter keys(out);
  std::size_t i = 0;
  of_group(entries, first, next, [&](ByteView key, ByteView value) {
    if (!selected.empty() && !selects(selected, i++)) return;
    keys.write(key);
    out.prefixed(value);
  });
  return out.take();
}

Bytes of_top(const Top& top) {
  ByteWriter out;
  out.u8(top.level);
  out.raw(top.digest.bytes);
  return out.take();
}

std::optional<Bytes> content_of(const StateView& view, const StateWant& want) {
  const Table& nodes = view.nodes();
  if (want.kind == StatePartKind::root) return of_top(state_tree::top(nodes));
  if (!state_tree::node(nodes, want.level, want.first)) return std::nullopt;
  const auto next = state_tree::next_first(nodes, want.level, want.first);
  if (want.kind == StatePartKind::children) {
    if (want.level < 2) return std::nullopt;
    return of_children(state_tree::nodes_between(nodes, static_cast<std::uint8_t>(want.level - 1), want.first, next));
  }
  if (want.level != 1) return std::nullopt;
  return want.kind == StatePartKind::digests ? of_digests(view.entries(), want.first, next)
                                             : of_entries(view.entries(), want.first, next, want.selected);
}

}  // namespace

std::optional<Top> top(ByteView content) {
  ByteReader in(content);
  Top top;
  top.level = in.u8();
  top.digest.bytes = in.array<Digest::size>();
  if (!in.finished() || top.level == 0) return std::nullopt;
  return top;
}

std::optional<std::vector<Node>> children(ByteView content) {
  ByteReader in(content);
  KeyReader keys(in);
  std::vector<Node> found;
  while (in.remaining() != 0 && !in.failed()) {
    Node node;
    node.first = keys.read();
    node.digest.bytes = in.array<Digest::size>();
    found.push_back(std::move(node));
  }
  if (!in.finished()) return std::nullopt;
  return found;
}

std::optional<std::vector<Bytes>> digests(ByteView content) {
  ByteReader in(content);
  std::vector<Bytes> found;
  while (in.remaining() != 0 && !in.failed()) found.push_back(to_bytes(in.raw(state_tree::short_digest_bytes)));
  if (!in.finished()) return std::nullopt;
  return found;
}

std::optional<std::vector<Entry>> entries(ByteView content) {
  ByteReader in(content);
  KeyReader keys(in);
  std::vector<Entry> found;
  while (in.remaining() != 0 && !in.failed()) {
    Bytes key = keys.read();
    found.emplace_back(std::move(key), to_bytes(in.prefixed(limits::frame_bytes_max)));
  }
  if (!in.finished()) return std::nullopt;
  return found;
}

bool selects(ByteView selected, std::size_t i) { return i / 8 < selected.size() && (selected[i / 8] >> (i % 8) & 1U); }

StateParts answer(const StateView& view, const StateFetch& fetch) {
  StateParts out{view.n(), {}};
  std::size_t bytes = 0;
  for (const StateWant& want : fetch.wants) {
    auto content = content_of(view, want);
    if (!content) break;
    bytes += content->size();
    if (bytes > limits::state_parts_bytes_max && !out.parts.empty()) break;
    out.parts.push_back({want.kind, want.level, want.first, std::move(*content)});
  }
  return out;
}

}  // namespace quorate::state_contents
