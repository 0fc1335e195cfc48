// Between structs and frames: the only place that knows Cap'n Proto (schema: messages.capnp).
//
// A frame's payload is one unpacked Cap'n Proto segment, without a segment table, aligned to 8 bytes by decode, with no
// trailing words. Limits are checked before anything is allocated; exceptions of the library end here.
#pragma once

#include <tl/expected.hpp>

#include "crypto/bytes.h"
#include "messages/messages.h"
#include "messages/reject.h"

namespace quorate {

/// The payload of one frame.
Bytes encode(const Message& message);
/// Errors: frame_empty, malformed_encoding, trailing_bytes, unknown_type, bad_field_width, too_many_elements,
/// malformed_bundle, malformed_batch.
tl::expected<Message, Reject> decode(ByteView payload);

}  // namespace quorate
