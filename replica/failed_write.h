// What happens when something could not be made durable: the cause is logged and the process ends at once.
//
// Nothing may be sent, closed or tried again after it: a promise on the way to the disk may be half there.
#pragma once

#include <string_view>

#include "crypto/error.h"

namespace quorate {

/// Exits with ExitStatus::durable_write. Any thread.
[[noreturn]] void end_after_failed_write(std::string_view store, const Error& error);

}  // namespace quorate
