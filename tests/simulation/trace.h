// What happened, as one number and, if somebody reads along, as lines of text.
//
// The number covers every record, send, execution and acknowledgement with the digest that it names, and every network
// decision: equal numbers are equal runs.
#pragma once

#include <cstdint>
#include <ostream>
#include <string_view>

#include "crypto/digest.h"

namespace quorate::simulation {

class Trace {
 public:
  /// Text goes to `out` unless it is null.
  explicit Trace(std::ostream* out) : out_(out) {}

  void note(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3 + (hash_ >> 29); }
  void note(const Digest& digest) {
    for (std::size_t i = 0; i < 8; ++i) note(digest.bytes[i]);
  }
  template <typename... Parts>
  void line(std::uint64_t now_us, const Parts&... parts) {
    if (out_ == nullptr) return;
    *out_ << now_us << ' ';
    ((*out_ << parts), ...);
    *out_ << '\n';
  }
  bool reading() const { return out_ != nullptr; }
  std::uint64_t hash() const { return hash_; }

 private:
  std::ostream* out_;
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace quorate::simulation
