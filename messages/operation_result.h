// What the key-value machine answers, as plain structs and with one canonical encoding.
//
// These bytes are the `result` of a leaf and are hashed with it: all replicas make the same. The layout is in
// README.md, "Results". The leaf's status says how the operation ended (messages.h); a malformed operation has an empty
// result, which does not decode.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "messages/operation.h"

namespace quorate {

/// Answers Get: the key is there.
struct Found {
  Version version;
  Bytes value;
  friend bool operator==(const Found&, const Found&) = default;
};
/// Answers Get: the key is not there.
struct NotFound {
  friend bool operator==(const NotFound&, const NotFound&) = default;
};
/// Answers Put: the key has this version now.
struct Written {
  Version version;
  friend bool operator==(const Written&, const Written&) = default;
};
/// Answers Delete.
struct Deleted {
  bool existed = false;
  friend bool operator==(const Deleted&, const Deleted&) = default;
};
/// Answers Scan. `next` is the first key that was left out, from which to go on; empty at the end of the range.
struct Page {
  struct Entry {
    Bytes key;
    Version version;
    Bytes value;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> entries;
  Bytes next;
  friend bool operator==(const Page&, const Page&) = default;
};
/// Answers Add: the integer after the addition.
struct Sum {
  Version version;
  std::int64_t value = 0;
  friend bool operator==(const Sum&, const Sum&) = default;
};

/// Why an operation ended with OperationStatus::failed. Nothing was changed.
enum class FailureReason : std::uint8_t {
  overflow = 1,          // the sum does not fit 64 bits
  not_an_integer = 2,    // the value is not a 64-bit integer in canonical decimal text
  result_too_large = 3,  // the transaction's results exceed result_bytes_max from this operation on
};
/// Answers a single operation that failed.
struct Failed {
  FailureReason reason = FailureReason::overflow;
  friend bool operator==(const Failed&, const Failed&) = default;
};

using SimpleResult = std::variant<Found, NotFound, Written, Deleted, Page, Sum>;

enum class Branch : std::uint8_t { then = 1, otherwise = 2 };

/// Answers a transaction: the branch that ran, and a result for each of its operations.
struct TransactionResult {
  Branch branch = Branch::then;
  std::vector<SimpleResult> results;
  friend bool operator==(const TransactionResult&, const TransactionResult&) = default;
};
/// Answers a transaction that failed at operation `position` (from 0) of `branch`. Nothing was changed.
struct TransactionFailed {
  Branch branch = Branch::then;
  std::uint32_t position = 0;
  FailureReason reason = FailureReason::overflow;
  friend bool operator==(const TransactionFailed&, const TransactionFailed&) = default;
};

using OperationResult =
    std::variant<Found, NotFound, Written, Deleted, Page, Sum, Failed, TransactionResult, TransactionFailed>;

/// The one encoding. Requires keys, values and lists within the limits.
Bytes encode_result(const OperationResult& result);
/// Nothing when the bytes are not the encoding of a result.
std::optional<OperationResult> decode_result(ByteView bytes);

/// Bytes that the result takes inside a transaction's encoding.
std::size_t encoded_bytes(const SimpleResult& result);
/// Bytes that an entry takes inside a page's encoding.
std::size_t encoded_bytes(const Page::Entry& entry);

}  // namespace quorate
