#include "messages/batch.h"

#include <limits>

#include "crypto/check.h"
#include "messages/limits.h"

namespace quorate {
namespace {

constexpr std::uint8_t entry_is_bundle = 1;
constexpr std::uint8_t entry_is_rejoin = 2;
constexpr std::size_t entry_overhead_bytes = 1 + 4 + 64;  // kind, length, signature

/// The views of a bundle whose payload stays where it is.
tl::expected<BundleView, Reject> parse_payload(ByteView payload, const Signature& signature) {
  if (payload.size() > limits::bundle_bytes_max) return tl::unexpected(Reject::malformed_bundle);
  ByteReader in(payload);
  BundleView bundle;
  bundle.payload = payload;
  bundle.signature = signature;
  bundle.client = ClientId(in.u32());
  bundle.first = Timestamp(in.u64());
  const std::uint32_t count = in.u32();
  if (count == 0 || count > limits::bundle_operations_max) return tl::unexpected(Reject::malformed_bundle);
  if (bundle.first.value == 0 || bundle.first.value > std::numeric_limits<std::uint64_t>::max() - (count - 1)) {
    return tl::unexpected(Reject::malformed_bundle);
  }
  // An operation takes five bytes at least, so a count beyond the bytes allocates nothing.
  if (count > in.remaining() / 5) return tl::unexpected(Reject::malformed_bundle);
  bundle.operations.reserve(count);
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    bundle.operations.push_back(in.prefixed(limits::operation_bytes_max));
    if (bundle.operations.back().empty()) in.fail();
  }
  if (!in.finished()) return tl::unexpected(Reject::malformed_bundle);
  return bundle;
}

Digest digest_of_body(ByteView body) { return digest_of("batch", body); }

}  // namespace

Digest operation_digest(ClientId client, Timestamp t, ByteView operation) {
  return Hasher("operation").u32(client.value).u64(t.value).update(operation).finish();
}

Digest bundle_digest(const BundleView& bundle) {
  return Hasher("bundle").prefixed(bundle.payload).update(bundle.signature.bytes).finish();
}

tl::expected<BundlePtr, Reject> Bundle::parse(Bytes payload, const Signature& signature) {
  std::shared_ptr<Bundle> bundle(new Bundle());
  bundle->payload_ = std::move(payload);
  auto view = parse_payload(bundle->payload_, signature);
  if (!view) return tl::unexpected(view.error());
  bundle->view_ = std::move(*view);
  bundle->digest_ = bundle_digest(bundle->view_);
  return bundle;
}

Bytes Bundle::payload_of(ClientId client, Timestamp first, std::span<const Bytes> operations) {
  ByteWriter out;
  out.u32(client.value);
  out.u64(first.value);
  out.u32(static_cast<std::uint32_t>(operations.size()));
  for (const Bytes& operation : operations) out.prefixed(operation);
  return out.take();
}

tl::expected<BatchPtr, Reject> Batch::parse(Bytes body) {
  if (body.size() > limits::batch_bytes_max) return tl::unexpected(Reject::malformed_batch);
  std::shared_ptr<Batch> batch(new Batch());
  batch->body_ = std::move(body);
  ByteReader in(batch->body_);
  batch->time_ = WallTime(in.u64());
  const std::uint32_t count = in.u32();
  if (count == 0 || count > limits::batch_entries_max) return tl::unexpected(Reject::malformed_batch);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (auto good = batch->take_entry(in); !good) return tl::unexpected(good.error());
  }
  if (!in.finished()) return tl::unexpected(Reject::malformed_batch);
  batch->digest_ = digest_of_body(batch->body_);
  return batch;
}

tl::expected<void, Reject> Batch::take_entry(ByteReader& in) {
  const std::uint8_t kind = in.u8();
  const ByteView payload = in.prefixed(limits::bundle_bytes_max);
  const Signature signature{in.array<64>()};
  if (in.failed()) return tl::unexpected(Reject::malformed_batch);
  if (kind == entry_is_bundle) {
    if (!rejoins_.empty()) return tl::unexpected(Reject::malformed_batch);
    auto bundle = parse_payload(payload, signature);
    if (!bundle) return tl::unexpected(bundle.error());
    bundles_.push_back(std::move(*bundle));
    return {};
  }
  const auto rejoin = kind == entry_is_rejoin ? parse_rejoin(payload, signature) : std::nullopt;
  const bool ascends = rejoin && (rejoins_.empty() || rejoins_.back().replica < rejoin->replica);
  if (!ascends) return tl::unexpected(Reject::malformed_batch);
  rejoins_.push_back(*rejoin);
  return {};
}

BatchPtr Batch::build(WallTime time, std::span<const BundlePtr> bundles, std::span<const Rejoin> rejoins) {
  ByteWriter out;
  std::size_t bytes = header_bytes;
  for (const BundlePtr& bundle : bundles) bytes += entry_bytes(bundle->view());
  for (const Rejoin& rejoin : rejoins) bytes += entry_bytes(rejoin);
  out.reserve(bytes);
  out.u64(time.value);
  out.u32(static_cast<std::uint32_t>(bundles.size() + rejoins.size()));
  const auto append = [&out](std::uint8_t kind, ByteView payload, const Signature& signature) {
    out.u8(kind);
    out.prefixed(payload);
    out.raw(signature.bytes);
  };
  for (const BundlePtr& bundle : bundles) append(entry_is_bundle, bundle->view().payload, bundle->view().signature);
  for (const Rejoin& rejoin : rejoins) append(entry_is_rejoin, payload_of(rejoin), rejoin.signature);
  auto batch = parse(out.take());
  check(batch.has_value(), "a batch that is built obeys the limits");
  return *batch;
}

std::size_t Batch::entry_bytes(const BundleView& bundle) { return entry_overhead_bytes + bundle.payload.size(); }
std::size_t Batch::entry_bytes(const Rejoin&) { return entry_overhead_bytes + rejoin_payload_bytes; }

const Digest& null_digest() {
  static const Digest digest = digest_of("null-batch", {});
  return digest;
}

}  // namespace quorate
