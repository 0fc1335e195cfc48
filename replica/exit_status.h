// Exit statuses of quorate-replica. --help lists them.
#pragma once

namespace quorate {

enum class ExitStatus : int {
  clean = 0,
  usage = 2,          // command line, cluster file or key file
  store = 3,          // a store is missing, damaged, locked or of another cluster
  listen = 4,         // cannot listen
  durable_write = 5,  // a durable write failed
};

}  // namespace quorate
