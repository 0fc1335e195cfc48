#include "messages/genesis.h"

#include <algorithm>
#include <string>

#include "messages/limits.h"

namespace quorate {
namespace {

constexpr std::uint64_t client_window_max = 4096;
constexpr std::uint64_t signed_header_bytes = 125;  // one (view, n, digest) with its signature, in a NEW-VIEW

std::string out_of_bounds(const std::string& what, std::uint64_t value, const std::string& rule) {
  return what + " is " + std::to_string(value) + "; it must be " + rule;
}

bool has_equal_keys(std::vector<PublicKey> keys) {
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

}  // namespace

Result<void> Genesis::check() const {
  const std::uint64_t n = replica_keys.size();
  if (n < Quorums::replicas_min || n > Quorums::replicas_max) {
    return failure(out_of_bounds("the number of replicas", n, "4 to 64"));
  }
  if (client_keys.empty() || client_keys.size() > limits::clients_max) {
    return failure(out_of_bounds("the number of clients", client_keys.size(), "1 to 4096"));
  }
  std::vector<PublicKey> keys = replica_keys;
  keys.insert(keys.end(), client_keys.begin(), client_keys.end());
  if (has_equal_keys(std::move(keys))) return failure("two replicas or clients have the same public key");
  // The frame bound first: it keeps the products below from overflowing.
  const std::uint64_t q = quorums().quorum();
  const std::uint64_t log_window_max = limits::frame_bytes_max / (q * q * signed_header_bytes);
  if (log_window > log_window_max) {
    return failure(out_of_bounds("the log window", log_window,
                                 "at most " + std::to_string(log_window_max) +
                                     " for this number of replicas, or a NEW-VIEW would not fit a frame"));
  }
  if (checkpoint_interval == 0 || checkpoint_interval > log_window / 2) {
    return failure(out_of_bounds("the checkpoint interval", checkpoint_interval, "1 to half of the log window"));
  }
  if (log_window % checkpoint_interval != 0) {
    return failure(out_of_bounds("the log window", log_window, "a multiple of the checkpoint interval"));
  }
  if (client_window == 0 || client_window > client_window_max) {
    return failure(out_of_bounds("the client window", client_window, "1 to 4096"));
  }
  if (time_bound_us == 0) return failure(out_of_bounds("the time bound", time_bound_us, "above 0"));
  return {};
}

Digest Genesis::cluster_id() const {
  Hasher hasher("genesis");
  hasher.u64(checkpoint_interval).u64(log_window).u64(client_window).u64(time_bound_us);
  hasher.u32(static_cast<std::uint32_t>(replica_keys.size()));
  for (const PublicKey& key : replica_keys) hasher.update(key.bytes);
  hasher.u32(static_cast<std::uint32_t>(client_keys.size()));
  for (const PublicKey& key : client_keys) hasher.update(key.bytes);
  return hasher.finish();
}

}  // namespace quorate
