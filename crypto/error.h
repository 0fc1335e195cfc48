// An operating error: what happened, to what, and what to do about it. Not for hostile input (messages/reject.h).
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace quorate {

/// What a program, and not only its user, may have to know.
enum class ErrorKind : std::uint8_t {
  other,
  missing,  // it is not there
  damaged,  // it is there, and not what it was
};

struct Error {
  std::string message;
  ErrorKind kind = ErrorKind::other;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::string message, ErrorKind kind = ErrorKind::other) {
  return tl::unexpected<Error>(Error{std::move(message), kind});
}

}  // namespace quorate
