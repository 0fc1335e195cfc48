// replica/service/README.md says what the code does: its test vectors are reproduced here.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "replica/service/key_value.h"
#include "replica/service/state_layout.h"
#include "tests/support/sample_messages.h"
#include "tests/support/service_rig.h"

namespace quorate {
namespace {

using testing::encoded;
using testing::SampleCluster;

void check_vector(const std::string& name, ByteView bytes) {
  static const std::string readme = [] {
    std::ostringstream text;
    text << std::ifstream(std::string(SOURCE_DIRECTORY) + "/replica/service/README.md").rdbuf();
    return text.str();
  }();
  const std::string row = "| " + name + " | `" + to_hex(bytes) + "` |";
  CHECK_MESSAGE(readme.find("\n" + row) != std::string::npos, row);
}
void check_vector(const std::string& name, const Digest& digest) { check_vector(name, ByteView(digest.bytes)); }

TEST_CASE("the service README's ledger and state") {
  const SampleCluster cluster;
  MemoryMap map;
  Service service(cluster.genesis(), map);
  check_vector("block 0", service.ledger_head());
  const std::vector<Bytes> operations = {encoded(Put{as_bytes("key"), as_bytes("value")}),
                                         encoded(Add{as_bytes("sum"), -5})};
  const BundlePtr bundle = cluster.client(1).sign_bundle(ClientId(1), Timestamp(40), operations);
  const BatchPtr batch = Batch::build(WallTime(1'700'000'000'000'000), std::vector{bundle});
  check_vector("batch digest of slot 1", batch->digest());
  const ExecutedBatch executed = service.execute(SequenceNumber(1), batch->digest(), batch.get());
  check_vector("leaf 0 of slot 1", executed.leaves.at(0).digest());
  check_vector("leaf 1 of slot 1", executed.leaves.at(1).digest());
  check_vector("block 1", executed.block.digest());
  check_vector("block 2", service.execute(SequenceNumber(2), null_digest(), nullptr).block.digest());

  service.write_checkpoint();
  const auto check_entry = [&map](const std::string& name, const Bytes& key) {
    check_vector("key of " + name, key);
    check_vector("record of " + name, *map.get(key));
  };
  check_entry("the user's key", state_layout::user_key(as_bytes("key")));
  check_entry("the user's sum", state_layout::user_key(as_bytes("sum")));
  check_entry("meta", state_layout::meta_key());
  check_entry("the low mark", state_layout::window_key(ClientId(1), Timestamp(0)));
  check_entry("leaf 0", state_layout::window_key(ClientId(1), Timestamp(40)));
  check_entry("leaf 1", state_layout::window_key(ClientId(1), Timestamp(41)));
  CHECK(testing::entries_of(map).size() == 6);
}

}  // namespace
}  // namespace quorate
