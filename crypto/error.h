// An operating error: what happened, to what, and what to do about it. Not for hostile input (messages/reject.h).
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace quorate {

struct Error {
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::string message) { return tl::unexpected<Error>(Error{std::move(message)}); }

}  // namespace quorate
