#include "replica/service/state_contents.h"

#include <algorithm>
#include <utility>

#include "messages/limits.h"

namespace quorate::state_contents {
namespace {

using state_tree::Entry;
using state_tree::Node;
using state_tree::Top;

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

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
  const auto entries = state_tree::entries_between(view.entries(), want.first, next);
  return want.kind == StatePartKind::digests ? of_digests(entries) : of_entries(entries, want.selected);
}

}  // namespace

Bytes of_top(const Top& top) {
  ByteWriter out;
  out.u8(top.level);
  out.raw(top.digest.bytes);
  return out.take();
}

Bytes of_children(std::span<const Node> children) {
  ByteWriter out;
  for (const Node& child : children) {
    out.prefixed(child.first);
    out.raw(child.digest.bytes);
  }
  return out.take();
}

Bytes of_digests(std::span<const Entry> entries) {
  ByteWriter out;
  for (const auto& [key, value] : entries) out.raw(state_tree::short_digest(key, value));
  return out.take();
}

Bytes of_entries(std::span<const Entry> entries, ByteView selected) {
  ByteWriter out;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!selected.empty() && !selects(selected, i)) continue;
    out.prefixed(entries[i].first);
    out.prefixed(entries[i].second);
  }
  return out.take();
}

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
  std::vector<Node> found;
  while (in.remaining() != 0 && !in.failed()) {
    Node node;
    node.first = to_bytes(in.prefixed(limits::state_key_bytes_max));
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
  std::vector<Entry> found;
  while (in.remaining() != 0 && !in.failed()) {
    Bytes key = to_bytes(in.prefixed(limits::state_key_bytes_max));
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
