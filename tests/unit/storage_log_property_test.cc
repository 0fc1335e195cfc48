// Property: whatever records a core could hand out, the log after a reopen is LogImage::apply of the same records.
//
// Random steps drive a sketch of a core that keeps the rules of the log (window, marks after bodies, one digest decided
// for each slot) and may accept other digests in higher views, as RECOVERY will.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <optional>

#include "replica/storage/log_store.h"
#include "tests/support/log_records.h"
#include "tests/support/temporary_directory.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

constexpr std::uint64_t interval = 4;
constexpr std::uint64_t window = 12;
const Digest cluster = digest_of("test", as_bytes("cluster"));
const ReplicaId replica(0);

/// Turns bytes into records that a core could hand out, and keeps the image and the retained batches of them all.
class Sketch {
 public:
  std::optional<std::vector<LogRecord>> step(std::uint8_t what, std::uint8_t which) {
    const std::uint64_t n = low_ + 1 + which % window;
    switch (what % 6) {
      case 0:
        return accept(n, false);
      case 1:
        return accept(n, true);
      case 2:
        return prepare(n);
      case 3:
        return commit(n);
      case 4:
        return {{own_checkpoint((n / interval + 1) * interval)}};
      default:
        return collect_some(which);
    }
  }

  void apply(const LogRecord& record) {
    if (const auto* collected = std::get_if<CollectRecord>(&record))
      for (const auto& [n, batch] : image.committed)
        if (n <= collected->bodies_through) retained.push_back(describe(batch));
    image.apply(record);
  }

  LogImage image;
  std::vector<std::string> retained;  // from n = 1

 private:
  std::optional<std::vector<LogRecord>> accept(std::uint64_t n, bool higher_view) {
    const auto accepted_before = image.accepted.find(SequenceNumber(n));
    if (image.bodies_collected.value >= n || (accepted_before != image.accepted.end() && !higher_view))
      return std::nullopt;
    if (higher_view) ++view_;
    const auto decided = image.committed.find(SequenceNumber(n));
    const bool null = (n + view_) % 5 == 0;
    const BatchPtr batch = decided != image.committed.end() ? decided->second.batch
                           : null                           ? nullptr
                                                            : make_batch(100 * n + view_ % 3, 10 + 50 * (n % 7));
    return {{accepted(view_, n, batch)}};
  }

  std::optional<std::vector<LogRecord>> prepare(std::uint64_t n) {
    const auto at = image.accepted.find(SequenceNumber(n));
    if (at == image.accepted.end()) return std::nullopt;
    return {{prepared(at->second.header.view.value, n, at->second.header.digest)}};
  }

  std::optional<std::vector<LogRecord>> commit(std::uint64_t n) {
    if (n <= image.bodies_collected.value) return std::nullopt;
    if (const auto again = image.committed.find(SequenceNumber(n)); again != image.committed.end())
      return {{committed(view_, n, again->second.batch)}};
    const auto at = image.accepted.find(SequenceNumber(n));
    if (at == image.accepted.end()) return {{committed(view_, n, make_batch(100 * n + 1))}};
    if (n % 3 == 0) return {{committed(view_, n, make_batch(100 * n + 77))}};  // decided otherwise, in another view
    return {{committed(at->second.header.view.value, n, at->second.header.digest)}};
  }

  std::optional<std::vector<LogRecord>> collect_some(std::uint8_t which) {
    std::vector<LogRecord> records;
    if (which % 2 == 0) {
      low_ += interval;
      records.push_back(stable(low_));
    }
    std::uint64_t bodies = image.bodies_collected.value;
    while (bodies < low_ && image.committed.contains(SequenceNumber(bodies + 1))) ++bodies;
    records.push_back(collect(low_, bodies));
    return records;
  }

  std::uint64_t low_ = 0;
  std::uint64_t view_ = 0;
};

std::unique_ptr<LogStore> open(const std::filesystem::path& directory) {
  auto opened = LogStore::open(directory, cluster, replica, {});
  RC_ASSERT(opened.has_value());  // the check at open also shows that no body is left without a record that needs it
  return std::move(*opened);
}

void compare(const LogStore& store, const Sketch& sketch) {
  const auto image = store.load();
  RC_ASSERT(image.has_value());
  RC_ASSERT(describe(*image) == describe(sketch.image));
  const auto batches = store.read_retained(SequenceNumber(1), 1000, 1 << 30);
  RC_ASSERT(batches.has_value());
  RC_ASSERT(batches->size() >= sketch.retained.size());
  for (std::size_t i = 0; i < sketch.retained.size(); ++i) RC_ASSERT(describe((*batches)[i]) == sketch.retained[i]);
}

}  // namespace

TEST_CASE("the log after a reopen is the image of the records appended") {
  const bool held = rc::check([](const std::vector<std::pair<std::uint8_t, std::uint8_t>>& steps) {
    TemporaryDirectory temporary;
    const auto directory = temporary.path() / "log";
    RC_ASSERT(LogStore::init(directory, cluster, replica).has_value());
    auto store = open(directory);
    Sketch sketch;
    std::vector<LogRecord> turn;
    const auto append = [&] { RC_ASSERT(store->append(numbered(std::exchange(turn, {}))).has_value()); };
    for (const auto& [what, which] : steps) {
      const auto records = sketch.step(what, which);
      if (!records) continue;
      for (const LogRecord& record : *records) {
        sketch.apply(record);
        turn.push_back(record);
      }
      if (which % 3 != 0) append();
      if (which % 16 == 1) {
        store.reset();
        store = open(directory);
        if (turn.empty()) compare(*store, sketch);
      }
    }
    append();
    compare(*store, sketch);
    store.reset();
    compare(*open(directory), sketch);
  });
  CHECK(held);
}
