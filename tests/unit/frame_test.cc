// Frames come out of a stream whole and in order, however it is cut; a bad length is final.
#include "messages/frame.h"

#include <doctest/doctest.h>

namespace quorate {
namespace {

Bytes framed(const Bytes& payload) {
  const auto header = frame_header(payload.size());
  Bytes out(header.begin(), header.end());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

Bytes stream_of(const std::vector<Bytes>& payloads) {
  Bytes out;
  for (const Bytes& payload : payloads) {
    const Bytes frame = framed(payload);
    out.insert(out.end(), frame.begin(), frame.end());
  }
  return out;
}

std::vector<Bytes> drain(FrameParser& parser) {
  std::vector<Bytes> out;
  while (auto payload = parser.next().value()) out.push_back(std::move(*payload));
  return out;
}

TEST_CASE("a stream split at any two places gives the same frames") {
  const std::vector<Bytes> payloads = {{1}, {2, 3, 4}, Bytes(9, 7)};
  const Bytes stream = stream_of(payloads);
  for (std::size_t i = 0; i <= stream.size(); ++i) {
    for (std::size_t j = i; j <= stream.size(); ++j) {
      FrameParser parser(16);
      std::vector<Bytes> got;
      std::size_t at = 0;
      for (const std::size_t end : {i, j, stream.size()}) {
        parser.feed(ByteView(stream).subspan(at, end - at));
        at = end;
        for (Bytes& payload : drain(parser)) got.push_back(std::move(payload));
      }
      REQUIRE(got == payloads);
      REQUIRE(parser.buffered() == 0);
    }
  }
}

TEST_CASE("the header is the length, low byte first") {
  CHECK(frame_header(0x010203) == std::array<std::uint8_t, 4>{3, 2, 1, 0});
}

TEST_CASE("a frame of the largest size passes, one byte more is final") {
  FrameParser parser(16);
  parser.feed(framed(Bytes(16, 1)));
  CHECK(drain(parser) == std::vector<Bytes>{Bytes(16, 1)});
  parser.feed(framed(Bytes(17, 1)));
  CHECK(parser.next().error() == Reject::frame_too_large);
  parser.feed(framed({1}));
  CHECK(parser.next().error() == Reject::frame_too_large);
}

TEST_CASE("a length beyond the limit is refused before its bytes come") {
  FrameParser parser(16);
  parser.feed(Bytes{0xff, 0xff, 0xff, 0xff});
  CHECK(parser.next().error() == Reject::frame_too_large);
}

TEST_CASE("an empty frame is final") {
  FrameParser parser(16);
  parser.feed(stream_of({{1}}));
  CHECK(drain(parser).size() == 1);
  parser.feed(Bytes{0, 0, 0, 0});
  CHECK(parser.next().error() == Reject::frame_empty);
  parser.feed(framed({1}));
  CHECK(parser.next().error() == Reject::frame_empty);
}

TEST_CASE("what was handed out is not held") {
  FrameParser parser(1024);
  for (int i = 0; i < 1000; ++i) {
    parser.feed(framed(Bytes(100, 1)));
    REQUIRE(drain(parser).size() == 1);
    REQUIRE(parser.buffered() == 0);
  }
}

}  // namespace
}  // namespace quorate
