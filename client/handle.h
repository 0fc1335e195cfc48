// Names an operation that left, for ever: with it anybody who holds the client's key can learn how it ended.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/digest.h"
#include "messages/types.h"

namespace quorate {

struct OperationHandle {
  Digest cluster;  // its id
  ClientId client;
  Timestamp timestamp;
  Digest operation;  // operation digest (messages/README.md, "Digests")
  friend bool operator==(const OperationHandle&, const OperationHandle&) = default;
};

/// CLUSTER-CLIENT-TIMESTAMP-OPERATION: the first 16 hexadecimal digits of the cluster id, two decimal numbers, 64
/// hexadecimal digits.
std::string text_of(const OperationHandle& handle);
/// Nothing unless the text is that of a handle of `cluster`.
std::optional<OperationHandle> parse_handle(std::string_view text, const Digest& cluster);

}  // namespace quorate
