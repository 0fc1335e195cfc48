// Framing of a byte stream: u32 length (little endian), then as many bytes of payload.
//
// Pure and incremental: bytes may arrive in any pieces. A length of 0 or beyond the limit is final: the stream cannot
// be trusted any further.
#pragma once

#include <optional>
#include <tl/expected.hpp>

#include "crypto/bytes.h"
#include "messages/reject.h"

namespace quorate {

class FrameParser {
 public:
  explicit FrameParser(std::size_t frame_bytes_max);
  /// Takes the next piece of the stream.
  void feed(ByteView piece);
  /// The next whole payload, nothing if more bytes are needed. Errors (final): frame_empty, frame_too_large.
  tl::expected<std::optional<Bytes>, Reject> next();
  /// Bytes held that are not handed out yet.
  std::size_t buffered() const;

 private:
  std::size_t frame_bytes_max_;
  Bytes buffer_;
  std::size_t consumed_ = 0;
  std::optional<Reject> failed_;
};

/// The 4 bytes that stand before a payload of this size. Requires 1 ≤ payload_bytes ≤ frame_bytes_max.
std::array<std::uint8_t, 4> frame_header(std::size_t payload_bytes);

}  // namespace quorate
