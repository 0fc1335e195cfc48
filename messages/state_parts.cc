#include "messages/state_parts.h"

#include <utility>

#include "messages/limits.h"

namespace quorate {
namespace {

bool known(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(StatePartKind::root) &&
         kind <= static_cast<std::uint8_t>(StatePartKind::entries);
}

void write_name(ByteWriter& out, StatePartKind kind, std::uint8_t level, ByteView first) {
  out.u8(static_cast<std::uint8_t>(kind));
  out.u8(level);
  out.prefixed(first);
}

template <typename Named>
void read_name(ByteReader& in, Named& named) {
  const std::uint8_t kind = in.u8();
  if (!known(kind)) in.fail();
  named.kind = static_cast<StatePartKind>(kind);
  named.level = in.u8();
  const ByteView first = in.prefixed(limits::state_key_bytes_max);
  named.first.assign(first.begin(), first.end());
}

}  // namespace

Bytes payload_of(const StateFetch& fetch) {
  ByteWriter out;
  out.u32(fetch.replica.value);
  out.u64(fetch.n.value);
  out.u32(static_cast<std::uint32_t>(fetch.wants.size()));
  for (const StateWant& want : fetch.wants) {
    write_name(out, want.kind, want.level, want.first);
    out.prefixed(want.selected);
  }
  return out.take();
}

tl::expected<StateFetch, Reject> parse_state_fetch(ByteView payload, const Signature& signature) {
  ByteReader in(payload);
  StateFetch fetch;
  fetch.replica = ReplicaId(in.u32());
  fetch.n = SequenceNumber(in.u64());
  const std::uint32_t count = in.u32();
  if (count > limits::state_wants_max) return tl::unexpected(Reject::too_many_elements);
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    StateWant want;
    read_name(in, want);
    const ByteView selected = in.prefixed(limits::bitmap_bytes_max);
    want.selected.assign(selected.begin(), selected.end());
    fetch.wants.push_back(std::move(want));
  }
  if (!in.finished()) return tl::unexpected(Reject::malformed_encoding);
  fetch.signature = signature;
  return fetch;
}

Bytes encode_parts(const std::vector<StatePart>& parts) {
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(parts.size()));
  for (const StatePart& part : parts) {
    write_name(out, part.kind, part.level, part.first);
    out.prefixed(part.content);
  }
  return out.take();
}

tl::expected<std::vector<StatePart>, Reject> parse_parts(ByteView encoded) {
  ByteReader in(encoded);
  const std::uint32_t count = in.u32();
  if (count > limits::state_wants_max) return tl::unexpected(Reject::too_many_elements);
  std::vector<StatePart> parts;
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    StatePart part;
    read_name(in, part);
    const ByteView content = in.prefixed(limits::frame_bytes_max);
    part.content.assign(content.begin(), content.end());
    parts.push_back(std::move(part));
  }
  if (!in.finished()) return tl::unexpected(Reject::malformed_encoding);
  return parts;
}

}  // namespace quorate
