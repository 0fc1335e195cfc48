// A service over some map, fed with operations as if a cluster had ordered them: one slot a call, unsigned bundles.
//
// The service never looks at signatures, so the rig makes none.
#pragma once

#include <string_view>
#include <vector>

#include "messages/operation_result.h"
#include "replica/service/service.h"

namespace quorate::testing {

Bytes bytes_of(std::string_view text);
/// The operation's encoding. Requires one within the limits.
Bytes encoded(const Operation& operation);
/// The result that these bytes encode. Requires an encoding.
OperationResult decoded(ByteView result);

BundlePtr unsigned_bundle(std::uint32_t client, std::uint64_t first, const std::vector<Bytes>& operations);
/// All entries of a map, in order.
std::vector<std::pair<Bytes, Bytes>> entries_of(const OrderedMap& map);

class ServiceRig {
 public:
  /// Two clients; the map must outlive the rig.
  explicit ServiceRig(OrderedMap& map, std::uint64_t client_window = 32);

  Service& service() { return service_; }
  const Service& service() const { return service_; }
  const Genesis& genesis() const { return genesis_; }

  /// Executes the next slot with these bundles.
  ExecutedBatch run(const std::vector<BundlePtr>& bundles, std::uint64_t time = 1);
  /// Executes the next slot with one bundle of one operation.
  ExecutedBatch run(std::uint32_t client, std::uint64_t timestamp, const Operation& operation);
  ExecutedBatch run_null();

 private:
  Genesis genesis_;
  Service service_;
};

}  // namespace quorate::testing
