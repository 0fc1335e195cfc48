// What one seed tries: the cluster's sizes, the load and the faults, each fault absent from about half of the seeds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/traitors/registry.h"

namespace quorate::simulation {

struct Plan {
  std::uint64_t seed = 0;
  // the cluster
  std::uint32_t replicas = 4;
  std::uint32_t clients = 2;
  std::uint64_t checkpoint_interval = 8;
  std::uint64_t log_window = 16;
  std::uint64_t client_window = 32;
  std::uint32_t pipeline_depth = 4;
  std::uint64_t status_interval_us = 100'000;
  std::uint64_t client_bytes_max = 4 * 1024 * 1024;  // admitted of one client, from it and from each replica
  // the load
  std::uint64_t operations = 300;  // of all loyal clients together
  std::uint64_t outstanding = 4;   // of one client
  bool bad_client = false;         // overlapping bundles, one t twice, far jumps, replays
  bool client_restarts = false;    // a client ends and begins anew
  std::uint64_t view_timeout_us = 300'000;
  bool primary_crashes = false;  // crashes prefer the primary, and last longer
  std::uint64_t down_after = 0;  // replicas that stay down until every request is answered; at most f
  bool client_memory = false;    // and then knows what its former lives signed
  // the network
  std::uint64_t delay_us = 200;  // typical, one way
  std::uint64_t loss_permille = 0;
  std::uint64_t duplicate_permille = 0;
  bool reordering = false;  // else each link keeps its order
  bool clogs = false;       // links that carry nothing for a while
  bool codec = false;       // messages pass through their wire form
  // the disks
  std::uint64_t force_us = 300;  // typical, of the log
  std::uint64_t state_commit_us = 3'000;
  bool disk_stalls = false;
  std::uint64_t retained_batches = 0;  // kept for laggards; 0: all
  std::uint64_t state_losses = 0;      // replicas that lose their state's disk once, at most f
  // the replicas
  std::uint64_t execute_us = 50;    // typical, for one batch
  std::uint64_t crash_every = 0;    // about one crash in so many events; 0: none
  bool crash_all = false;           // crashes may take all replicas at once
  std::uint64_t clock_skew_us = 0;  // of each replica, up to this either way
  std::uint64_t time_bound_us = 1'000'000;
  std::uint64_t chaos_us = 3'000'000;  // faults end after this
  bool real_signatures = false;        // Ed25519 instead of the simulator's scheme
  // whole disks, so many times; together with liars and lost states at most f at one moment
  std::uint64_t disk_losses = 0;
  std::uint64_t disk_rollbacks = 0;

  // links between replicas that carry nothing for a while
  bool one_way_cuts = false;         // from one to another, or to all others
  bool partitions = false;           // one alone, halves, a ring in which each hears only its neighbours
  bool cuts_at_view_change = false;  // of one replica, at the moment at which somebody says VIEW-CHANGE or NEW-VIEW

  std::uint64_t verified_together = 1;  // messages that a replica's threads verify before the first of them is stepped

  // at most f replicas are traitors, each for one reason or more
  std::vector<traitors::Posting> postings;

  static Plan draw(std::uint64_t seed);
  /// The same plan for a cluster of this size (or larger, to hold them all) with these traitors. Faults that would be
  /// too many together with them are taken back.
  void post(std::uint32_t number, std::vector<traitors::Posting> chosen);
  /// How many replicas are traitors.
  std::uint32_t liars() const;
  std::string describe() const;
};

}  // namespace quorate::simulation
