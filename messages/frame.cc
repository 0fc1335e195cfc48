#include "messages/frame.h"

#include "crypto/check.h"
#include "messages/limits.h"

namespace quorate {
namespace {

constexpr std::size_t header_bytes = 4;

}  // namespace

FrameParser::FrameParser(std::size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

void FrameParser::feed(ByteView piece) {
  if (failed_) return;
  // What was handed out leaves before the buffer grows, so that it never holds more than one frame and one piece.
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(consumed_));
  consumed_ = 0;
  buffer_.insert(buffer_.end(), piece.begin(), piece.end());
}

tl::expected<std::optional<Bytes>, Reject> FrameParser::next() {
  if (failed_) return tl::unexpected(*failed_);
  const ByteView rest = ByteView(buffer_).subspan(consumed_);
  if (rest.size() < header_bytes) return std::nullopt;
  const std::size_t size = ByteReader(rest).u32();
  if (size == 0) failed_ = Reject::frame_empty;
  if (size > frame_bytes_max_) failed_ = Reject::frame_too_large;
  if (failed_) return tl::unexpected(*failed_);
  if (rest.size() < header_bytes + size) return std::nullopt;
  const ByteView payload = rest.subspan(header_bytes, size);
  consumed_ += header_bytes + size;
  return Bytes(payload.begin(), payload.end());
}

std::size_t FrameParser::buffered() const { return buffer_.size() - consumed_; }

std::array<std::uint8_t, 4> frame_header(std::size_t payload_bytes) {
  check(payload_bytes >= 1 && payload_bytes <= limits::frame_bytes_max, "a frame obeys its own limits");
  ByteWriter header;
  header.u32(static_cast<std::uint32_t>(payload_bytes));
  return ByteReader(header.view()).array<4>();
}

}  // namespace quorate
