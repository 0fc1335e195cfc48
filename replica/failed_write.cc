#include "replica/failed_write.h"

#include <cstdlib>
#include <string>

#include "replica/exit_status.h"
#include "replica/log_output.h"

namespace quorate {

void end_after_failed_write(std::string_view store, const Error& error) {
  log_last_words("a durable write to the " + std::string(store) + " failed, the replica stops: " + error.message);
  std::_Exit(static_cast<int>(ExitStatus::durable_write));
}

}  // namespace quorate
