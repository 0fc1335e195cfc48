// Reads every record of a store that is in use, a little at a time, so that damage is found before it is needed.
//
// Each step has a read transaction of its own, at the newest commit: pages that are freed meanwhile can be used again,
// however long a pass takes. Reads go through the same map and page cache as the owner's: a page that has rotted on the
// disk is found once the kernel has let go of it, and by the check at start. A page so wrong that it kills whoever
// reads it kills the process, as it would have sooner or later.
#pragma once

#include <cstdint>

#include "replica/storage/store_files.h"

namespace quorate {

class StoreScrub {
 public:
  struct Progress {
    std::uint64_t records = 0;  // of the pass under way, or of the one that has just ended
    std::uint64_t bytes = 0;
    bool ended = false;
  };

  /// The environment must outlive this object.
  StoreScrub(const LmdbEnvironment& environment, RecordCheck check_record)
      : environment_(environment), check_record_(std::move(check_record)) {}

  /// Checks records from where the last step ended, some more than `bytes_max` of them at most; after the last record
  /// the next step begins anew. Any one thread. Errors: damage.
  Result<Progress> step(std::size_t bytes_max);

 private:
  const LmdbEnvironment& environment_;
  RecordCheck check_record_;
  Progress progress_;
  Bytes last_;  // the last key that was read; empty: none
};

}  // namespace quorate
