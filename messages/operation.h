// What clients ask of the key-value machine, as plain structs and with one canonical encoding.
//
// These bytes are signed inside bundles and hashed into leaves, so they are made by ByteWriter and not by Cap'n Proto;
// the layout is in README.md, "Operations". Keys and values are views: into the caller's strings before encoding, into
// the decoded bytes after decoding. What an operation does is in replica/service/README.md; its answers are in
// operation_result.h.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/error.h"
#include "messages/types.h"

namespace quorate {

/// Where a key was last written: the slot, and the operation's place in its batch.
struct Version {
  SequenceNumber n;
  std::uint32_t index = 0;
  friend bool operator==(const Version&, const Version&) = default;
};

// Keys are 1 to key_bytes_max bytes of any value, values 0 to value_bytes_max.

struct Get {
  ByteView key;
};
struct Put {
  ByteView key;
  ByteView value;
};
struct Delete {
  ByteView key;
};
/// The entries with from ≤ key < to in key order, at most `limit` (1 to scan_entries_max). An empty `from` is the first
/// key, an empty `to` is beyond the last.
struct Scan {
  ByteView from;
  ByteView to;
  std::uint32_t limit = 0;
};
/// Adds to a 64-bit integer in decimal text; an absent key counts as 0.
struct Add {
  ByteView key;
  std::int64_t delta = 0;
};
using SimpleOperation = std::variant<Get, Put, Delete, Scan, Add>;

struct Exists {
  ByteView key;
};
struct IsAbsent {
  ByteView key;
};
struct VersionEquals {
  ByteView key;
  Version version;
};
struct ValueEquals {
  ByteView key;
  ByteView value;
};
/// Not met by an absent key, nor by a value that is no integer.
struct IntegerAtLeast {
  ByteView key;
  std::int64_t bound = 0;
};
using Condition = std::variant<Exists, IsAbsent, VersionEquals, ValueEquals, IntegerAtLeast>;

/// Runs `then` when all conditions hold, else `otherwise`; all of the branch or nothing. At most transaction_parts_max
/// conditions and operations together; any of the three lists may be empty.
struct Transaction {
  std::vector<Condition> conditions;
  std::vector<SimpleOperation> then;
  std::vector<SimpleOperation> otherwise;
};

using Operation = std::variant<Get, Put, Delete, Scan, Add, Transaction>;

/// The one encoding. Errors name the limit that the operation breaks.
Result<Bytes> encode_operation(const Operation& operation);
/// Nothing when the bytes are not the encoding of an operation within the limits. The result views into `bytes`.
std::optional<Operation> decode_operation(ByteView bytes);

}  // namespace quorate
