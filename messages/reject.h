// Why a message was not acted upon: hostile, stale or simply no longer of use. Never an exception, always counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quorate {

enum class Reject : std::uint8_t {
  // framing and decoding
  frame_too_large,
  frame_empty,
  malformed_encoding,  // not a Cap'n Proto message of one aligned segment
  trailing_bytes,      // words after the message
  unknown_type,        // a type number that this version does not know
  bad_field_width,     // a digest, signature or key of the wrong size
  too_many_elements,   // a list beyond its limit
  malformed_bundle,
  malformed_batch,
  // verification
  unknown_replica,
  unknown_client,
  bad_signature,
  digest_mismatch,            // the body does not hash to d: charged to the channel
  certificate_not_canonical,  // wrong number of parts, signers not ascending, primary among the backups
  // the core
  wrong_view,
  out_of_range,      // n ≤ h or n > H
  primary_prepared,  // a PREPARE signed by the primary of its view
  sender_not_channel,
  conflicting_digest,  // another digest is accepted for (v, n)
  conflicting_vote,    // this signer's vote for (v, n) is held already, with another digest
  duplicate,           // nothing new
  time_ahead,          // held until the clock gets there or f+1 vouch for it
  not_at_interval,     // CHECKPOINT for an n that is no multiple of K
  own_message,         // claims to be from ourselves
  already_executed,    // a request whose t was executed, or is below the window
  overlapping_bundle,  // one of its t is in another admitted bundle
  over_quota,          // the client's or peer's share of memory is used up
  not_wanted,          // a fetch answer that nobody asked for
  wrong_new_view,      // O is not what V demands, or V contradicts itself
  count_,
};

inline constexpr std::size_t reject_count = static_cast<std::size_t>(Reject::count_);

/// The enumerator's name, e.g. "bad_signature".
std::string_view to_string(Reject reason);

}  // namespace quorate
