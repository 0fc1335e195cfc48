#include "client/state_proof.h"

#include <algorithm>

#include "messages/limits.h"

namespace quorate {
namespace {

std::optional<Bytes> value_in(ByteView group, ByteView wanted) {
  ByteReader in(group);
  std::optional<Bytes> found;
  while (in.remaining() != 0 && !in.failed()) {
    const ByteView key = in.prefixed(limits::state_key_bytes_max);
    const ByteView value = in.prefixed(limits::state_proof_bytes_max);
    if (std::ranges::equal(key, wanted)) found.emplace(value.begin(), value.end());
  }
  if (!in.finished()) return std::nullopt;
  return found;
}

bool names(ByteView children, const Digest& digest) {
  ByteReader in(children);
  bool found = false;
  while (in.remaining() != 0 && !in.failed()) {
    in.prefixed(limits::state_key_bytes_max);
    found = in.array<Digest::size>() == digest.bytes || found;
  }
  return in.finished() && found;
}

}  // namespace

std::optional<Bytes> proven_value(const Digest& root, const StateProof& proof, ByteView key) {
  Digest digest = digest_of("state group", proof.group);
  std::uint8_t level = 1;
  for (const Bytes& children : proof.levels) {
    ++level;
    if (!names(children, digest)) return std::nullopt;
    digest = Hasher("state node").u8(level).update(children).finish();
  }
  if (Hasher("state root").u8(level).digest(digest).finish() != root) return std::nullopt;
  return value_in(proof.group, key);
}

}  // namespace quorate
