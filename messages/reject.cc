#include "messages/reject.h"

#include <array>

namespace quorate {
namespace {

constexpr std::array<std::string_view, reject_count> names = {
    "frame_too_large",    "frame_empty",
    "malformed_encoding", "trailing_bytes",
    "unknown_type",       "bad_field_width",
    "too_many_elements",  "malformed_bundle",
    "malformed_batch",    "unknown_replica",
    "unknown_client",     "bad_signature",
    "digest_mismatch",    "certificate_not_canonical",
    "wrong_view",         "out_of_range",
    "primary_prepared",   "sender_not_channel",
    "conflicting_digest", "conflicting_vote",
    "duplicate",          "time_ahead",
    "not_at_interval",    "own_message",
    "already_executed",   "overlapping_bundle",
    "over_quota",         "not_wanted",
    "wrong_new_view",
};
static_assert(!names.back().empty(), "each reason has a name");

}  // namespace

std::string_view to_string(Reject reason) {
  const auto index = static_cast<std::size_t>(reason);
  return index < names.size() ? names[index] : "unknown";
}

}  // namespace quorate
