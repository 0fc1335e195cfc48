// Bundles and batches: one value has one encoding, and each limit holds at its edge.
#include "messages/batch.h"

#include <doctest/doctest.h>

#include <limits>

#include "messages/limits.h"
#include "tests/support/sample_messages.h"

namespace quorate {
namespace {

using testing::SampleCluster;

constexpr std::uint64_t t_max = std::numeric_limits<std::uint64_t>::max();

struct RawBundle {
  std::uint32_t client = 3;
  std::uint64_t first = 7;
  std::vector<Bytes> operations = {{1}, {2, 3}};
  std::uint32_t count = 2;

  Bytes payload() const {
    ByteWriter out;
    out.u32(client);
    out.u64(first);
    out.u32(count);
    for (const Bytes& operation : operations) out.prefixed(operation);
    return out.take();
  }
};

bool accepted(const RawBundle& raw) {
  const auto bundle = Bundle::parse(raw.payload(), {});
  if (!bundle) CHECK(bundle.error() == Reject::malformed_bundle);
  return bundle.has_value();
}

RawBundle of_operations(std::uint32_t count, std::size_t bytes) {
  RawBundle raw;
  raw.operations.assign(count, Bytes(bytes, 1));
  raw.count = count;
  return raw;
}

Bytes batch_body(std::uint32_t count, const std::vector<Bytes>& payloads, std::uint8_t kind = 1) {
  ByteWriter out;
  out.u64(99);
  out.u32(count);
  for (const Bytes& payload : payloads) {
    out.u8(kind);
    out.prefixed(payload);
    out.raw(Signature{}.bytes);
  }
  return out.take();
}

TEST_CASE("a bundle keeps what it was made of, and its payload is the canonical one") {
  const RawBundle raw;
  const auto bundle = Bundle::parse(raw.payload(), {});
  REQUIRE(bundle.has_value());
  const BundleView& view = (*bundle)->view();
  CHECK(view.client == ClientId(3));
  CHECK(view.first == Timestamp(7));
  CHECK(view.last() == Timestamp(8));
  REQUIRE(view.operations.size() == 2);
  CHECK(Bytes(view.operations[1].begin(), view.operations[1].end()) == Bytes{2, 3});
  CHECK(Bundle::payload_of(ClientId(3), Timestamp(7), raw.operations) == raw.payload());
}

TEST_CASE("a bundle's digest covers its payload and its signature") {
  const RawBundle raw;
  Signature other;
  other.bytes[63] = 1;
  RawBundle later = raw;
  later.first = 8;
  const Digest digest = Bundle::parse(raw.payload(), {}).value()->digest();
  CHECK(digest == bundle_digest(Bundle::parse(raw.payload(), {}).value()->view()));
  CHECK(digest != Bundle::parse(raw.payload(), other).value()->digest());
  CHECK(digest != Bundle::parse(later.payload(), {}).value()->digest());
}

TEST_CASE("timestamps of a bundle start at 1 and do not overflow") {
  RawBundle raw;
  raw.first = 1;
  CHECK(accepted(raw));
  raw.first = 0;
  CHECK_FALSE(accepted(raw));
  raw.first = t_max - 1;
  CHECK(accepted(raw));
  raw.first = t_max;
  CHECK_FALSE(accepted(raw));
}

TEST_CASE("a bundle has at least one operation, of at least one byte, and nothing after the last") {
  CHECK_FALSE(accepted(of_operations(0, 0)));
  CHECK_FALSE(accepted(of_operations(1, 0)));
  CHECK(accepted(of_operations(1, 1)));
  RawBundle one_empty;
  one_empty.operations = {Bytes(6, 1), {}};
  CHECK_FALSE(accepted(one_empty));
  RawBundle raw;
  raw.count = 1;
  CHECK_FALSE(accepted(raw));
  raw.count = 3;
  CHECK_FALSE(accepted(raw));
  raw.count = 0xffffffff;
  CHECK_FALSE(accepted(raw));
}

TEST_CASE("a bundle cut short anywhere is refused") {
  const Bytes payload = RawBundle{}.payload();
  for (std::size_t size = 0; size < payload.size(); ++size) {
    const auto bundle = Bundle::parse(Bytes(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size)), {});
    CHECK_FALSE(bundle.has_value());
  }
}

TEST_CASE("limits of a bundle: operations, bytes of one, bytes of all") {
  CHECK(accepted(of_operations(limits::bundle_operations_max, 1)));
  CHECK_FALSE(accepted(of_operations(limits::bundle_operations_max + 1, 1)));
  CHECK(accepted(of_operations(1, limits::operation_bytes_max)));
  CHECK_FALSE(accepted(of_operations(1, limits::operation_bytes_max + 1)));
  // 16 bytes of header, and 4 before each operation.
  RawBundle full = of_operations(4, limits::bundle_bytes_max / 4 - 8);
  CHECK(full.payload().size() == limits::bundle_bytes_max);
  CHECK(accepted(full));
  full.operations[0].push_back(1);
  CHECK_FALSE(accepted(full));
}

TEST_CASE("a batch is what it was built of") {
  const SampleCluster cluster;
  const BatchPtr batch = cluster.batch();
  const auto parsed = Batch::parse({batch->body().begin(), batch->body().end()});
  REQUIRE(parsed.has_value());
  CHECK((*parsed)->digest() == batch->digest());
  CHECK((*parsed)->time() == WallTime(1'700'000'000'000'000));
  REQUIRE((*parsed)->bundles().size() == 2);
  CHECK(bundle_digest((*parsed)->bundles()[1]) == cluster.bundle(1, 7)->digest());
  std::size_t bytes = 12;
  for (const BundleView& bundle : batch->bundles()) bytes += Batch::entry_bytes(bundle);
  CHECK(bytes == batch->body().size());
}

TEST_CASE("a batch's digest covers its time and the order of its entries") {
  const SampleCluster cluster;
  const BundlePtr a = cluster.bundle(0, 7), b = cluster.bundle(1, 7);
  const Digest digest = Batch::build(WallTime(5), std::vector<BundlePtr>{a, b})->digest();
  CHECK(digest != Batch::build(WallTime(6), std::vector<BundlePtr>{a, b})->digest());
  CHECK(digest != Batch::build(WallTime(5), std::vector<BundlePtr>{b, a})->digest());
  CHECK(digest != null_digest());
}

TEST_CASE("a malformed batch is refused") {
  const Bytes payload = RawBundle{}.payload();
  CHECK(Batch::parse(batch_body(1, {payload})).has_value());
  CHECK(Batch::parse(batch_body(0, {})).error() == Reject::malformed_batch);
  CHECK(Batch::parse(batch_body(0, {payload})).error() == Reject::malformed_batch);
  CHECK(Batch::parse(batch_body(1, {payload, payload})).error() == Reject::malformed_batch);
  CHECK(Batch::parse(batch_body(3, {payload, payload})).error() == Reject::malformed_batch);
  CHECK(Batch::parse(batch_body(1, {payload}, 0)).error() == Reject::malformed_batch);
  CHECK(Batch::parse(batch_body(1, {payload}, 2)).error() == Reject::malformed_batch);
  RawBundle bad;
  bad.first = 0;
  CHECK(Batch::parse(batch_body(1, {bad.payload()})).error() == Reject::malformed_bundle);
  const Bytes body = batch_body(2, {payload, payload});
  for (std::size_t size = 0; size < body.size(); ++size) {
    CHECK_FALSE(Batch::parse(Bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size))).has_value());
  }
}

TEST_CASE("REJOINs stand behind the bundles, at most one of each replica, ascending") {
  const SampleCluster cluster;
  const std::vector<BundlePtr> bundles = {cluster.bundle(0, 7)};
  const auto rejoins = [&](std::initializer_list<std::uint32_t> ids) {
    std::vector<Rejoin> all;
    for (const std::uint32_t id : ids) all.push_back(cluster.rejoin(id, 2, 99));
    return all;
  };
  const BatchPtr batch = Batch::build(WallTime(5), bundles, rejoins({1, 3}));
  const Bytes body(batch->body().begin(), batch->body().end());
  const auto parsed = Batch::parse(body);
  REQUIRE(parsed.has_value());
  CHECK((*parsed)->bundles().size() == 1);
  REQUIRE((*parsed)->rejoins().size() == 2);
  CHECK((*parsed)->rejoins()[1] == cluster.rejoin(3, 2, 99));
  CHECK(body.size() == Batch::header_bytes + Batch::entry_bytes(bundles[0]->view()) +
                           2 * Batch::entry_bytes(cluster.rejoin(1, 2, 99)));
  CHECK(Batch::build(WallTime(5), {}, rejoins({2}))->bundles().empty());
  CHECK(batch->digest() != Batch::build(WallTime(5), bundles, rejoins({1}))->digest());

  const Bytes bundle = RawBundle{}.payload();
  const auto entry = [](std::uint8_t kind, const Bytes& payload) {
    Bytes body_of_one = batch_body(1, {payload}, kind);
    return Bytes(body_of_one.begin() + 12, body_of_one.end());
  };
  const auto refused = [](std::initializer_list<Bytes> entries) {
    ByteWriter out;
    out.u64(99);
    out.u32(static_cast<std::uint32_t>(entries.size()));
    for (const Bytes& one : entries) out.raw(one);
    const auto made = Batch::parse(out.take());
    if (!made) CHECK(made.error() == Reject::malformed_batch);
    return !made.has_value();
  };
  const Bytes of_1 = entry(2, payload_of(cluster.rejoin(1, 2, 99)));
  const Bytes of_2 = entry(2, payload_of(cluster.rejoin(2, 2, 99)));
  CHECK_FALSE(refused({entry(1, bundle), of_1, of_2}));
  CHECK(refused({of_1, entry(1, bundle)}));
  CHECK(refused({of_2, of_1}));
  CHECK(refused({of_1, of_1}));
  CHECK(refused({entry(3, payload_of(cluster.rejoin(1, 2, 99)))}));
  Bytes longer = payload_of(cluster.rejoin(1, 2, 99));
  longer.push_back(0);
  CHECK(refused({entry(2, longer)}));
  longer.resize(19);
  CHECK(refused({entry(2, longer)}));
}

TEST_CASE("limits of a batch: entries and bytes") {
  const Bytes payload = RawBundle{}.payload();
  const std::uint32_t most = limits::batch_entries_max;
  CHECK(Batch::parse(batch_body(most, std::vector<Bytes>(most, payload))).has_value());
  CHECK(Batch::parse(batch_body(most + 1, std::vector<Bytes>(most + 1, payload))).error() == Reject::malformed_batch);

  // 12 bytes of header and 69 beside each payload; five bundles of two operations fill the batch.
  const auto filling = [](std::size_t total) {
    std::vector<Bytes> payloads;
    std::size_t left = total - 12;
    for (std::size_t entries = 5; entries > 0; --entries) {
      const std::size_t size = left / entries - 69;
      const std::size_t operations = size - 16 - 8;
      RawBundle raw;
      raw.operations = {Bytes(operations / 2, 1), Bytes(operations - operations / 2, 1)};
      payloads.push_back(raw.payload());
      left -= size + 69;
    }
    return batch_body(5, payloads);
  };
  const Bytes full = filling(limits::batch_bytes_max);
  CHECK(full.size() == limits::batch_bytes_max);
  CHECK(Batch::parse(full).has_value());
  CHECK(Batch::parse(filling(limits::batch_bytes_max + 1)).error() == Reject::malformed_batch);
}

}  // namespace
}  // namespace quorate
