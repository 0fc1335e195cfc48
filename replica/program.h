// quorate-replica as a function: reads the cluster file and the key, opens the stores, and runs the driver until it is
// told to stop (SIGTERM, SIGINT).
#pragma once

#include "replica/exit_status.h"
#include "replica/middleman.h"

namespace quorate {

/// `make_middleman` may be empty: nobody stands between the replica and its connections.
ExitStatus run_replica(int argc, char** argv, const MakeMiddleman& make_middleman);

}  // namespace quorate
