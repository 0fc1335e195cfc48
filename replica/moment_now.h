// Both clocks, read at one place: everything that must know the time is told it.
#pragma once

#include "messages/types.h"

namespace quorate {

Moment moment_now();

}  // namespace quorate
