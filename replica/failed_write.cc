#include "replica/failed_write.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

#include "replica/exit_status.h"

namespace quorate {

void end_after_failed_write(std::string_view store, const Error& error) {
  spdlog::critical("a durable write to the {} failed, the replica stops: {}", store, error.message);
  spdlog::default_logger()->flush();
  std::_Exit(static_cast<int>(ExitStatus::durable_write));
}

}  // namespace quorate
