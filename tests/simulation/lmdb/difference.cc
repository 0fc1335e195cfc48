#include "tests/simulation/lmdb/difference.h"

#include <algorithm>
#include <sstream>

#include "tests/support/log_records.h"

namespace quorate::simulation {
namespace {

constexpr std::size_t shown_bytes = 200;

std::string shown(const std::string& line) {
  return line.size() <= shown_bytes ? "'" + line + "'" : "'" + line.substr(0, shown_bytes) + "…'";
}

/// The first line that differs.
std::optional<std::string> lines_differ(const std::string& expected, const std::string& read) {
  if (expected == read) return std::nullopt;
  std::istringstream left(expected);
  std::istringstream right(read);
  std::string want = "nothing more";
  std::string have = "nothing more";
  for (bool more = true; more && want == have;) {
    const bool wanted = static_cast<bool>(std::getline(left, want));
    const bool held = static_cast<bool>(std::getline(right, have));
    if (!wanted) want = "nothing more";
    if (!held) have = "nothing more";
    more = wanted || held;
  }
  return "it holds " + shown(have) + " where " + shown(want) + " was forced";
}

std::optional<std::string> entries_differ(const Table& expected, const Table& read) {
  const Entries want = entries_of(expected);
  const Entries have = entries_of(read);
  const auto [left, right] = std::mismatch(want.begin(), want.end(), have.begin(), have.end());
  if (left == want.end() && right == have.end()) return std::nullopt;
  const auto text = [](Entries::const_iterator at, const Entries& all) {
    return at == all.end() ? std::string("none") : "key " + to_hex(at->first) + " with value " + to_hex(at->second);
  };
  return "it holds " + shown(text(right, have)) + " where " + shown(text(left, want)) + " was forced";
}

std::string texts(const std::map<SequenceNumber, CommittedBatch>& batches) {
  std::string out;
  for (const auto& [n, batch] : batches) out += testing::describe(batch);
  return out;
}

std::optional<std::string> states_differ(const testing::MemoryState& expected, const testing::MemoryState& read) {
  if (read.n != expected.n) {
    return "it is that of slot " + std::to_string(read.n.value) + ", not of " + std::to_string(expected.n.value);
  }
  if (auto entries = entries_differ(expected.entries, read.entries)) return entries;
  if (auto nodes = entries_differ(expected.nodes, read.nodes)) return "its tree: " + *nodes;
  if (read.blocks != expected.blocks) {
    return "its " + std::to_string(read.blocks.size()) + " blocks are not the " +
           std::to_string(expected.blocks.size()) + " that were forced";
  }
  return std::nullopt;
}

}  // namespace

Entries entries_of(const Table& table) {
  Entries entries;
  table.scan({}, [&](ByteView key, ByteView value) {
    entries.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    return true;
  });
  return entries;
}

std::optional<std::string> difference(const DiskStores::Content& expected, const DiskStores::Content& read) {
  if (auto log = lines_differ(testing::describe(expected.log), testing::describe(read.log))) return "the log: " + *log;
  if (auto retained = lines_differ(texts(expected.retained), texts(read.retained))) {
    return "the retained batches: " + *retained;
  }
  if (read.whole != expected.whole) return std::string("the state: it is") + (read.whole ? "" : " not") + " whole";
  if (!expected.whole) return std::nullopt;
  if (auto state = states_differ(expected.state, read.state)) return "the state: " + *state;
  return std::nullopt;
}

}  // namespace quorate::simulation
