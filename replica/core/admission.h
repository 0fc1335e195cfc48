// Which bundles this replica pushes until they are executed (replica/README.md, "Admission").
//
// A bundle is admitted if none of its timestamps is executed, below the window or in another admitted bundle, within a
// quota of bytes. Admission never bears on accepting a pre-prepare. What a backup forwards counts against that backup's
// share and not against the clients': so the primary has room for whatever loyal backups have admitted and wait for.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "replica/core/client_marks.h"
#include "replica/core/context.h"

namespace quorate {

class Admission {
 public:
  Admission(const Context& context, const std::vector<ClientMark>& marks);

  /// `from`: its client, or the replica that forwards it.
  /// Errors: already_executed, duplicate (this very bundle is admitted), overlapping_bundle, over_quota.
  tl::expected<void, Reject> admit(const BundlePtr& bundle, Channel from);
  /// We are a backup: what others forwarded is theirs to forward again.
  void drop_forwarded();
  /// A slot was executed: what it contained, or made impossible, is dropped.
  void executed(const Executed& result, const Batch* batch);
  /// A state was installed: what it contains, or made impossible, is dropped.
  void installed(const std::vector<ClientMark>& marks);

  bool admitted(const Bundle& bundle) const;

  // Arrivals of requests are numbered from 1, those that are admitted and those that came inside a batch alike.

  std::uint64_t count_arrival() { return ++arrivals_; }
  std::uint64_t arrivals() const { return arrivals_; }
  /// Something else than a bundle arrived, and waits to be executed until `end_waiting`.
  std::uint64_t begin_waiting();
  void end_waiting(std::uint64_t arrival) { waiting_.erase(arrival); }
  /// Of the admitted bundle of this client with this first t.
  std::optional<std::uint64_t> arrival_of(ClientId client, Timestamp first) const;
  /// Of what waits for the longest time.
  std::optional<std::uint64_t> oldest() const;
  /// Since when the bundle of this client with this first t is admitted.
  std::optional<SteadyTime> since_of(ClientId client, Timestamp first) const;
  /// Every admitted bundle, by client and timestamp.
  std::vector<BundlePtr> all() const;
  bool empty() const { return total_bytes_ == 0; }
  std::size_t bytes() const { return total_bytes_; }

 private:
  struct Admitted {
    BundlePtr bundle;
    std::uint64_t arrival = 0;
    std::size_t share = 0;  // whose quota it counts against
  };
  using Bundles = std::map<Timestamp, Admitted>;  // by first timestamp; disjoint
  /// What one forwarding replica, or the clients themselves, have admitted here.
  struct Share {
    std::map<ClientId, std::size_t> client_bytes;
    std::size_t bytes = 0;
  };

  /// The lowest admitted bundle with a timestamp in first … last.
  static Bundles::const_iterator overlapping(const Bundles& bundles, Timestamp first, Timestamp last);
  void drop_overlapping(ClientId client, Timestamp first, Timestamp last);
  /// An empty entry of clients_ may stay behind.
  Bundles::const_iterator drop(ClientId client, Bundles::const_iterator held);

  const Context& context_;
  ClientMarks marks_;
  std::map<ClientId, Bundles> clients_;
  std::vector<Share> shares_;  // one for each replica, then that of the clients
  std::size_t total_bytes_ = 0;
  std::uint64_t arrivals_ = 0;
  std::map<std::uint64_t, SteadyTime> waiting_;  // what is not executed: its arrival's number and time
};

}  // namespace quorate
