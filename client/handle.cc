#include "client/handle.h"

#include <algorithm>
#include <charconv>

#include "crypto/bytes.h"

namespace quorate {
namespace {

constexpr std::size_t cluster_digits = 16;

std::string cluster_text(const Digest& cluster) { return to_hex(cluster).substr(0, cluster_digits); }

/// Takes the text up to the next '-', or all of it.
std::string_view take_part(std::string_view& text) {
  const auto part = text.substr(0, text.find('-'));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

template <typename Number>
bool read(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string text_of(const OperationHandle& handle) {
  return cluster_text(handle.cluster) + '-' + std::to_string(handle.client.value) + '-' +
         std::to_string(handle.timestamp.value) + '-' + to_hex(handle.operation);
}

std::optional<OperationHandle> parse_handle(std::string_view text, const Digest& cluster) {
  OperationHandle handle;
  handle.cluster = cluster;
  if (take_part(text) != cluster_text(cluster)) return std::nullopt;
  if (!read(take_part(text), handle.client.value) || !read(take_part(text), handle.timestamp.value)) {
    return std::nullopt;
  }
  const auto digest = from_hex(text);
  if (handle.timestamp.value == 0 || !digest || digest->size() != Digest::size) return std::nullopt;
  std::copy(digest->begin(), digest->end(), handle.operation.bytes.begin());
  return handle;
}

}  // namespace quorate
