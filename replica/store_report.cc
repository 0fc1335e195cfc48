#include "replica/store_report.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "messages/cluster_file.h"
#include "replica/service/state_tree.h"
#include "replica/storage/log_store.h"
#include "replica/storage/state_store.h"

namespace quorate {
namespace {

/// The nodes of a tree that is computed to be compared.
class Nodes final : public WritableTable {
 public:
  void scan(ByteView from, const Visit& visit) const override {
    for (auto at = nodes_.lower_bound(Bytes(from.begin(), from.end())); at != nodes_.end(); ++at) {
      if (!visit(at->first, at->second)) return;
    }
  }
  std::optional<Bytes> floor(ByteView key) const override {
    const auto above = nodes_.upper_bound(Bytes(key.begin(), key.end()));
    if (above == nodes_.begin()) return std::nullopt;
    return std::prev(above)->first;
  }
  void put(ByteView key, ByteView value) override {
    nodes_.insert_or_assign(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
  }
  void erase(ByteView key) override { nodes_.erase(Bytes(key.begin(), key.end())); }

 private:
  std::map<Bytes, Bytes> nodes_;
};

template <typename Contents>
CheckedStore<Contents> looked_at(const std::filesystem::path& directory) {
  CheckedStore<Contents> store;
  store.directory = directory;
  std::error_code absent;
  const auto bytes = std::filesystem::file_size(directory / "data.mdb", absent);
  store.bytes = absent ? 0 : bytes;
  return store;
}

LogContents contents_of(const LogImage& log) {
  LogContents contents;
  if (log.stable) contents.stable_checkpoint = log.stable->n;
  contents.last_committed = log.bodies_collected;
  if (!log.committed.empty()) contents.last_committed = log.committed.rbegin()->first;
  if (log.new_view) contents.view = log.new_view->view;
  if (log.view_change) contents.view = std::max(contents.view, log.view_change->view);
  return contents;
}

/// Errors: the root that the store names is not that of its entries.
Result<StateContents> contents_of(const StateStore& store, const std::filesystem::path& directory) {
  StateContents contents{store.durable(), store.whole(), 0, store.root()};
  const StateViewPtr view = store.view();
  if (!view) return contents;
  view->entries().scan({}, [&](ByteView, ByteView) {
    ++contents.entries;
    return true;
  });
  Nodes computed;
  state_tree::rebuild(view->entries(), computed);
  if (state_tree::root_digest(state_tree::top(computed)) == contents.root) return contents;
  return failure("store '" + directory.string() +
                     "' is damaged: its entries are not those of its root. The next start " +
                     "does not notice before a checkpoint: remove the state's directory, and it comes from the others.",
                 ErrorKind::damaged);
}

}  // namespace

StoreReport check_stores(const Options& options, const Digest& cluster_id) {
  StoreReport report;
  report.replica = options.id;
  report.log = looked_at<LogContents>(replica_log_path(options.cluster_file, options.id));
  if (const auto log = LogStore::open(report.log.directory, cluster_id, options.id, {}); !log) {
    report.log.error = log.error();
  } else if (const auto image = (*log)->load(); !image) {
    report.log.error = image.error();
  } else {
    report.log.contents = contents_of(*image);
  }
  report.state = looked_at<StateContents>(replica_state_path(options.cluster_file, options.id));
  if (const auto state = StateStore::open(report.state.directory, cluster_id, options.id, {}); !state) {
    report.state.error = state.error();
  } else if (const auto contents = contents_of(**state, report.state.directory); !contents) {
    report.state.error = contents.error();
  } else {
    report.state.contents = *contents;
  }
  return report;
}

}  // namespace quorate
