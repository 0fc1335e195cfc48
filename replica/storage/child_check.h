// Runs a check in a child process, because a damaged LMDB file kills the process that reads it.
//
// LMDB trusts its pages: a truncated file gives SIGBUS through the map, a wild page number SIGSEGV, a broken page an
// assertion. Whatever kills the child is a finding about the file.
#pragma once

#include <functional>
#include <optional>

#include "crypto/error.h"

namespace quorate {

/// The check's own answer; nothing when a signal or anything but its end stopped it: then the file is damaged. Call it
/// while no other thread of this process may hold a lock that the check needs (memory may be allocated all the same).
std::optional<Result<void>> check_in_child(const std::function<Result<void>()>& check);

}  // namespace quorate
