// The numbers of the protocol, each a type of its own so that none passes for another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace quorate {

/// An integer that converts to nothing by accident. `value` is the plain number.
template <typename Tag, typename Rep>
struct Strong {
  Rep value{};

  constexpr Strong() = default;
  constexpr explicit Strong(Rep v) : value(v) {}
  friend constexpr bool operator==(Strong, Strong) = default;
  friend constexpr auto operator<=>(Strong, Strong) = default;
  constexpr Strong& operator++() {
    ++value;
    return *this;
  }
  /// Distance arithmetic in the plain number; the caller keeps it in range.
  friend constexpr Strong operator+(Strong a, Rep b) { return Strong(static_cast<Rep>(a.value + b)); }
  friend constexpr Strong operator-(Strong a, Rep b) { return Strong(static_cast<Rep>(a.value - b)); }
  friend constexpr Rep operator-(Strong a, Strong b) { return static_cast<Rep>(a.value - b.value); }
};

/// View number v; primary(v) = v mod N.
using View = Strong<struct ViewTag, std::uint64_t>;
/// Sequence number n of a batch; 0 is "before the first".
using SequenceNumber = Strong<struct SequenceNumberTag, std::uint64_t>;
/// Index of a replica in the genesis configuration, from 0.
using ReplicaId = Strong<struct ReplicaIdTag, std::uint32_t>;
/// Index of a client key in the genesis configuration, from 0.
using ClientId = Strong<struct ClientIdTag, std::uint32_t>;
/// A client's number t for one operation; 0 is malformed.
using Timestamp = Strong<struct TimestampTag, std::uint64_t>;
/// Microseconds since 1970-01-01T00:00:00Z, as proposed by primaries and agreed by execution.
using WallTime = Strong<struct WallTimeTag, std::uint64_t>;
/// Microseconds on a clock that never goes back, of one process.
using SteadyTime = Strong<struct SteadyTimeTag, std::uint64_t>;

/// Time as an input: the only way in which clocks reach the core.
struct Moment {
  SteadyTime steady;
  WallTime wall;
};

}  // namespace quorate

template <typename Tag, typename Rep>
struct std::hash<quorate::Strong<Tag, Rep>> {
  std::size_t operator()(quorate::Strong<Tag, Rep> s) const noexcept { return std::hash<Rep>{}(s.value); }
};
