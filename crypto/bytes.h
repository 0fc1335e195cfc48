// Byte strings and the one layout that digests, signatures and disk records are made of.
//
// Everything that is hashed, signed or stored has exactly one encoding: fixed-width little-endian integers and byte
// strings with a 32-bit length in front. Cap'n Proto, which has many encodings of one value, frames messages on the
// wire only and is never hashed. A reader never throws: it remembers the first failure and then returns zeros.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quorate {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text, not copied.
ByteView as_bytes(std::string_view text);
/// The bytes as a text, not copied.
std::string_view as_text(ByteView bytes);
/// Lower-case hexadecimal, two digits a byte.
std::string to_hex(ByteView bytes);
/// The inverse of to_hex (either case); nothing when a digit is wrong or the length is odd.
std::optional<Bytes> from_hex(std::string_view text);

/// Appends integers (little endian) and byte strings to a growing buffer.
class ByteWriter {
 public:
  void u8(std::uint8_t value);
  void u32(std::uint32_t value);
  void u64(std::uint64_t value);
  /// The bytes alone, no length.
  void raw(ByteView bytes);
  /// A 32-bit length, then the bytes.
  void prefixed(ByteView bytes);

  void reserve(std::size_t bytes);
  std::size_t size() const;
  ByteView view() const;
  /// Hands out the buffer and leaves the writer empty.
  Bytes take();

 private:
  Bytes buffer_;
};

/// Reads what ByteWriter wrote from bytes that nobody vouches for. The bytes must outlive the reader.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes);

  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  /// Exactly `size` bytes, a view into the input; empty after a failure.
  ByteView raw(std::size_t size);
  /// A 32-bit length of at most `size_max`, then as many bytes.
  ByteView prefixed(std::size_t size_max);
  /// Fills a fixed-size array.
  template <std::size_t N>
  std::array<std::uint8_t, N> array();

  /// Marks the input as malformed, for a rule that the reader cannot know.
  void fail();
  bool failed() const;
  std::size_t remaining() const;
  /// True when nothing failed and nothing is left over: the only proof that the input was well-formed.
  bool finished() const;

 private:
  ByteView rest_;
  bool failed_ = false;
};

template <std::size_t N>
std::array<std::uint8_t, N> ByteReader::array() {
  std::array<std::uint8_t, N> out{};
  const ByteView bytes = raw(N);
  for (std::size_t i = 0; i < bytes.size(); ++i) out[i] = bytes[i];
  return out;
}

}  // namespace quorate
