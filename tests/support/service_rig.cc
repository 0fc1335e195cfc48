#include "tests/support/service_rig.h"

#include "crypto/check.h"
#include "tests/support/sample_messages.h"

namespace quorate::testing {
namespace {

Genesis sample_genesis(std::uint64_t client_window) {
  Genesis genesis = SampleCluster().genesis();
  genesis.client_window = client_window;
  return genesis;
}

}  // namespace

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

Bytes encoded(const Operation& operation) {
  auto bytes = encode_operation(operation);
  check(bytes.has_value(), "a test's operation obeys the limits");
  return std::move(*bytes);
}

OperationResult decoded(ByteView result) {
  auto answer = decode_result(result);
  check(answer.has_value(), "a test's result decodes");
  return std::move(*answer);
}

BundlePtr unsigned_bundle(std::uint32_t client, std::uint64_t first, const std::vector<Bytes>& operations) {
  auto bundle = Bundle::parse(Bundle::payload_of(ClientId(client), Timestamp(first), operations), {});
  check(bundle.has_value(), "a test's bundle obeys the limits");
  return std::move(*bundle);
}

std::vector<std::pair<Bytes, Bytes>> entries_of(const OrderedMap& map) {
  std::vector<std::pair<Bytes, Bytes>> entries;
  for (auto entry = map.lower_bound({}); entry;) {
    Bytes after = entry->first;
    after.push_back(0);
    entries.push_back(std::move(*entry));
    entry = map.lower_bound(after);
  }
  return entries;
}

ServiceRig::ServiceRig(OrderedMap& map, std::uint64_t client_window)
    : genesis_(sample_genesis(client_window)), service_(genesis_, map) {}

ExecutedBatch ServiceRig::run(const std::vector<BundlePtr>& bundles, std::uint64_t time) {
  const BatchPtr batch = Batch::build(WallTime(time), bundles);
  return service_.execute(service_.last_executed() + 1, batch->digest(), batch.get());
}

ExecutedBatch ServiceRig::run(std::uint32_t client, std::uint64_t timestamp, const Operation& operation) {
  return run({unsigned_bundle(client, timestamp, {encoded(operation)})});
}

ExecutedBatch ServiceRig::run_null() { return service_.execute(service_.last_executed() + 1, null_digest(), nullptr); }

}  // namespace quorate::testing
