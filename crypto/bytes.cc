#include "crypto/bytes.h"

#include <utility>

namespace quorate {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <typename Integer>
void append_little_endian(Bytes& buffer, Integer value) {
  std::array<std::uint8_t, sizeof(Integer)> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

template <typename Integer>
Integer little_endian(ByteView bytes) {
  Integer value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= static_cast<Integer>(Integer{bytes[i]} << (8 * i));
  return value;
}

}  // namespace

ByteView as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text.push_back(hex_digits[byte >> 4]);
    text.push_back(hex_digits[byte & 15]);
  }
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

void ByteWriter::u8(std::uint8_t value) { buffer_.push_back(value); }
void ByteWriter::u32(std::uint32_t value) { append_little_endian(buffer_, value); }
void ByteWriter::u64(std::uint64_t value) { append_little_endian(buffer_, value); }
void ByteWriter::raw(ByteView bytes) { buffer_.insert(buffer_.end(), bytes.begin(), bytes.end()); }

void ByteWriter::prefixed(ByteView bytes) {
  u32(static_cast<std::uint32_t>(bytes.size()));
  raw(bytes);
}

void ByteWriter::reserve(std::size_t bytes) { buffer_.reserve(bytes); }
std::size_t ByteWriter::size() const { return buffer_.size(); }
ByteView ByteWriter::view() const { return buffer_; }
Bytes ByteWriter::take() { return std::exchange(buffer_, {}); }

ByteReader::ByteReader(ByteView bytes) : rest_(bytes) {}

std::uint8_t ByteReader::u8() { return little_endian<std::uint8_t>(raw(1)); }
std::uint32_t ByteReader::u32() { return little_endian<std::uint32_t>(raw(4)); }
std::uint64_t ByteReader::u64() { return little_endian<std::uint64_t>(raw(8)); }

ByteView ByteReader::raw(std::size_t size) {
  if (failed_ || size > rest_.size()) {
    failed_ = true;
    return {};
  }
  const ByteView bytes = rest_.first(size);
  rest_ = rest_.subspan(size);
  return bytes;
}

ByteView ByteReader::prefixed(std::size_t size_max) {
  const std::uint32_t size = u32();
  if (size > size_max) failed_ = true;
  return raw(size);
}

void ByteReader::fail() { failed_ = true; }
bool ByteReader::failed() const { return failed_; }
std::size_t ByteReader::remaining() const { return rest_.size(); }
bool ByteReader::finished() const { return !failed_ && rest_.empty(); }

}  // namespace quorate
