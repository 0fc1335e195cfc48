// Which bundles this replica pushes until they are executed (replica/README.md, "Admission").
//
// A bundle is admitted if none of its timestamps is executed, below the window or in another admitted bundle, within a
// quota of bytes. Admission never bears on accepting a pre-prepare.
#pragma once

#include <map>

#include "replica/core/client_marks.h"
#include "replica/core/context.h"

namespace quorate {

class Admission {
 public:
  Admission(const Context& context, const std::vector<ClientMark>& marks);

  /// Errors: already_executed, duplicate (this very bundle is admitted), overlapping_bundle, over_quota.
  tl::expected<void, Reject> admit(const BundlePtr& bundle);
  /// A slot was executed: what it contained, or made impossible, is dropped.
  void executed(const Executed& result, const Batch* batch);

  bool admitted(const Bundle& bundle) const;
  /// Every admitted bundle, by client and timestamp.
  std::vector<BundlePtr> all() const;
  bool empty() const { return total_bytes_ == 0; }
  std::size_t bytes() const { return total_bytes_; }

 private:
  struct Client {
    std::map<Timestamp, BundlePtr> bundles;  // by first timestamp; disjoint
    std::size_t bytes = 0;
  };
  using Bundles = std::map<Timestamp, BundlePtr>;

  /// The lowest admitted bundle with a timestamp in first … last.
  static Bundles::const_iterator overlapping(const Bundles& bundles, Timestamp first, Timestamp last);
  void drop_overlapping(ClientId client, Timestamp first, Timestamp last);

  const Context& context_;
  ClientMarks marks_;
  std::map<ClientId, Client> clients_;
  std::size_t total_bytes_ = 0;
};

}  // namespace quorate
