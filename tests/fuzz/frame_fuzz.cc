// A stream of frames, cut as the input says: the parser agrees with a reading of the whole stream at once.
#include <algorithm>

#include "crypto/check.h"
#include "messages/frame.h"
#include "tests/fuzz/reasons.h"

namespace quorate {
namespace {

constexpr std::size_t frame_bytes_max = 64;

struct Reading {
  std::vector<Bytes> payloads;
  std::optional<Reject> end;

  friend bool operator==(const Reading&, const Reading&) = default;
};

void drain(FrameParser& parser, Reading& reading) {
  while (!reading.end) {
    auto next = parser.next();
    if (!next) {
      reading.end = next.error();
    } else if (*next) {
      reading.payloads.push_back(std::move(**next));
    } else {
      return;
    }
  }
}

Reading read_whole(ByteView stream) {
  Reading reading;
  for (ByteReader in(stream); in.remaining() >= 4;) {
    const std::uint32_t size = in.u32();
    if (size == 0) reading.end = Reject::frame_empty;
    if (size > frame_bytes_max) reading.end = Reject::frame_too_large;
    if (reading.end || size > in.remaining()) break;
    const ByteView payload = in.raw(size);
    reading.payloads.emplace_back(payload.begin(), payload.end());
  }
  return reading;
}

}  // namespace
}  // namespace quorate

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace quorate;
  static fuzzing::Reasons reasons{Reject::frame_empty, Reject::frame_too_large};
  if (size == 0) return 0;
  const std::size_t piece_bytes = data[0] % 16 + 1u;
  const ByteView stream(data + 1, size - 1);
  FrameParser parser(frame_bytes_max);
  Reading reading;
  for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
    parser.feed(stream.subspan(at, std::min(piece_bytes, stream.size() - at)));
    drain(parser, reading);
    check(reading.end || parser.buffered() < 4 + frame_bytes_max, "no more is held than one frame");
  }
  if (reading.end) reasons.meet(*reading.end);
  check(reading == read_whole(stream), "the pieces give what the whole gives");
  return 0;
}
