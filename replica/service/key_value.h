// The key-value machine: what one operation does to the user's keys, and what it answers.
//
// All or nothing: an operation that does not end with `done` or `condition_not_met` has changed nothing. Semantics are
// in README.md, "Operations"; exactly-once and the ledger are the service's (service.h).
#pragma once

#include "messages/messages.h"
#include "messages/operation_result.h"
#include "replica/service/ordered_map.h"

namespace quorate {

/// Entries of one page of a scan take at most so many bytes, so that a page fits a result, alone or in a transaction
/// with a few others.
inline constexpr std::size_t page_bytes_max = 127 * 1024;

struct OperationOutcome {
  OperationStatus status = OperationStatus::done;
  Bytes result;  // messages/operation_result.h; empty when malformed
};

/// Runs the operation that these bytes encode; its writes get `version`.
OperationOutcome execute_operation(OrderedMap& map, const Version& version, ByteView operation);

}  // namespace quorate
