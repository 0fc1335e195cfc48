// How broken invariants name things.
#pragma once

#include <string>

#include "crypto/digest.h"
#include "messages/types.h"

namespace quorate::simulation {

inline std::string name(ReplicaId replica) { return "replica " + std::to_string(replica.value); }
inline std::string name(SequenceNumber n) { return "n = " + std::to_string(n.value); }
inline std::string name(View view) { return "view " + std::to_string(view.value); }
inline std::string name(ClientId client, Timestamp t) {
  return "client " + std::to_string(client.value) + " t = " + std::to_string(t.value);
}
inline std::string name(const Digest& digest) { return to_hex(ByteView(digest.bytes).first(4)); }

}  // namespace quorate::simulation
