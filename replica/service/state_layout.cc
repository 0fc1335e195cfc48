#include "replica/service/state_layout.h"

#include "crypto/check.h"

namespace quorate::state_layout {
namespace {

constexpr std::size_t rejoin_key_bytes = 1 + 4;
constexpr std::size_t window_key_bytes = 1 + 4 + 8;

template <typename Integer>
void append_big_endian(Bytes& out, Integer value) {
  for (std::size_t i = sizeof(Integer); i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

Bytes user_key(ByteView key) {
  Bytes out;
  out.reserve(1 + key.size());
  out.push_back(user_prefix);
  out.insert(out.end(), key.begin(), key.end());
  return out;
}

Bytes meta_key() { return {meta_prefix}; }

Bytes rejoin_key(ReplicaId replica) {
  Bytes out = {rejoin_prefix};
  append_big_endian(out, replica.value);
  return out;
}

Bytes window_key(ClientId client, Timestamp timestamp) {
  Bytes out;
  out.reserve(window_key_bytes);
  out.push_back(window_prefix);
  append_big_endian(out, client.value);
  append_big_endian(out, timestamp.value);
  return out;
}

ReplicaId parse_rejoin_key(ByteView key) {
  check(key.size() == rejoin_key_bytes && key[0] == rejoin_prefix, "the key of REJOINs has a replica");
  return ReplicaId(static_cast<std::uint32_t>(big_endian(key.subspan(1))));
}

WindowKey parse_window_key(ByteView key) {
  check(key.size() == window_key_bytes && key[0] == window_prefix, "a window's key has a client and a timestamp");
  return {ClientId(static_cast<std::uint32_t>(big_endian(key.subspan(1, 4)))),
          Timestamp(big_endian(key.subspan(5, 8)))};
}

}  // namespace quorate::state_layout
