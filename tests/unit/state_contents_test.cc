// The contents of state parts: what an answer writes is read back, and nothing else is.
#include "replica/service/state_contents.h"

#include <doctest/doctest.h>

#include "messages/limits.h"
#include "tests/support/memory_transfer_store.h"

namespace quorate {
namespace {

using testing::MemoryState;
using testing::MemoryView;

Bytes key(const std::string& text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

Bytes content(StatePartKind kind, std::uint8_t level, const MemoryState& state, Bytes selected = {}) {
  const MemoryView view(std::make_shared<const MemoryState>(state));
  const auto answer =
      state_contents::answer(view, {ReplicaId(1), state.n, {{kind, level, {}, std::move(selected)}}, {}});
  REQUIRE(answer.parts.size() == 1);
  return answer.parts.front().content;
}

/// u8 bytes in common with the key before ‖ the rest as bytes ‖ something behind it.
Bytes entry(std::uint8_t common, const std::string& rest, const Bytes& behind) {
  ByteWriter out;
  out.u8(common);
  out.prefixed(as_bytes(rest));
  out.raw(behind);
  return out.take();
}

Bytes joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("state contents: entries and children are read back as they were, in fewer bytes than they have") {
  MemoryState state;
  std::size_t bytes = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "a/long/common/beginning/" + std::to_string(100'000 + i * 7);
    state.entries.put(key(name), key("value"));
    bytes += name.size() + 5;
  }
  state.entries.put(key(std::string(300, 'x')), {});  // longer than what one byte counts in common
  state.entries.put(key(std::string(301, 'x')), {});
  state_tree::rebuild(state.entries, state.nodes);
  const state_tree::Top top = state_tree::top(state.nodes);
  REQUIRE(top.level >= 2);
  CHECK(state_contents::children(content(StatePartKind::children, top.level, state)) ==
        state_tree::nodes_between(state.nodes, static_cast<std::uint8_t>(top.level - 1), {}, std::nullopt));

  std::size_t sent = 0;
  std::vector<state_tree::Entry> all;
  for (std::optional<Bytes> first = Bytes(); first; first = state_tree::next_first(state.nodes, 1, *first)) {
    const MemoryView view(std::make_shared<const MemoryState>(state));
    const auto answer = state_contents::answer(view, {ReplicaId(1), {}, {{StatePartKind::entries, 1, *first, {}}}, {}});
    sent += answer.parts.at(0).content.size();
    const auto entries = state_contents::entries(answer.parts.at(0).content);
    REQUIRE(entries.has_value());
    all.insert(all.end(), entries->begin(), entries->end());
  }
  CHECK(all == state_tree::entries_between(state.entries, {}, std::nullopt));
  CHECK(sent < bytes * 6 / 10);
}

TEST_CASE("state contents: of a group, those entries that are selected") {
  MemoryState state;
  for (int i = 0; i < 5; ++i) state.entries.put(key("key" + std::to_string(i)), key("v"));
  state_tree::rebuild(state.entries, state.nodes);
  REQUIRE(state_tree::top(state.nodes).level == 1);
  const auto some = state_contents::entries(content(StatePartKind::entries, 1, state, Bytes{0b10010}));
  const std::vector<state_tree::Entry> wanted = {{key("key1"), key("v")}, {key("key4"), key("v")}};
  CHECK(some == wanted);
}

TEST_CASE("state contents: a key that has more in common with the one before than that is long is refused") {
  const Bytes value{1, 0, 0, 0, 'v'};
  CHECK(state_contents::entries(joined(entry(0, "key", value), entry(3, "s", value))).has_value());
  CHECK_FALSE(state_contents::entries(joined(entry(0, "key", value), entry(4, "s", value))).has_value());
  CHECK_FALSE(state_contents::entries(entry(1, "key", value)).has_value());
  const Bytes digest(Digest::size, 7);
  CHECK(state_contents::children(joined(entry(0, "key", digest), entry(3, "s", digest))).has_value());
  CHECK_FALSE(state_contents::children(joined(entry(0, "key", digest), entry(4, "s", digest))).has_value());
}

TEST_CASE("state contents: a key longer than any key of the state is refused") {
  const Bytes value{0, 0, 0, 0};
  const Bytes longest = entry(0, std::string(limits::state_key_bytes_max, 'k'), value);
  CHECK(state_contents::entries(longest).has_value());
  CHECK(state_contents::entries(joined(longest, entry(10, std::string(limits::state_key_bytes_max - 10, 'l'), value)))
            .has_value());
  CHECK_FALSE(
      state_contents::entries(joined(longest, entry(10, std::string(limits::state_key_bytes_max - 9, 'l'), value)))
          .has_value());
  CHECK_FALSE(state_contents::entries(entry(0, std::string(limits::state_key_bytes_max + 1, 'k'), value)).has_value());
}

TEST_CASE("state contents: bytes that are cut off or left over are refused") {
  const Bytes good = entry(0, "key", {1, 0, 0, 0, 'v'});
  REQUIRE(state_contents::entries(good).has_value());
  for (std::size_t size = 1; size < good.size(); ++size) {
    CHECK_FALSE(state_contents::entries(ByteView(good).first(size)).has_value());
  }
  CHECK_FALSE(state_contents::top(Bytes(Digest::size, 1)).has_value());
  CHECK_FALSE(state_contents::top(Bytes(Digest::size + 2, 1)).has_value());
  CHECK_FALSE(state_contents::top(Bytes(Digest::size + 1, 0)).has_value());  // a level of 0
  CHECK_FALSE(state_contents::digests(Bytes(7, 1)).has_value());
}

}  // namespace quorate
