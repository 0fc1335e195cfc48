// messages/README.md says what the code does: its test vectors are reproduced here, its limits are the limits.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "crypto/merkle.h"
#include "messages/limits.h"
#include "messages/operation_result.h"
#include "messages/sign.h"
#include "tests/support/sample_messages.h"

namespace quorate {
namespace {

using testing::digest_filled;
using testing::SampleCluster;

/// True when the README has a table row that begins with these two cells.
bool has_row(const std::string& name, const std::string& value) {
  static const std::string readme = [] {
    std::ostringstream text;
    text << std::ifstream(std::string(SOURCE_DIRECTORY) + "/messages/README.md").rdbuf();
    return text.str();
  }();
  return readme.find("\n| " + name + " | " + value + " |") != std::string::npos;
}

void check_vector(const std::string& name, ByteView bytes) {
  const std::string hex = to_hex(bytes);
  CHECK_MESSAGE(has_row(name, "`" + hex + "`"), "| " << name << " | `" << hex << "` |");
}
void check_vector(const std::string& name, const Digest& digest) { check_vector(name, ByteView(digest.bytes)); }
void check_vector(const std::string& name, const Signature& signature) {
  check_vector(name, ByteView(signature.bytes));
}

TEST_CASE("the README's digests") {
  const SampleCluster cluster;
  check_vector("cluster id", cluster.genesis().cluster_id());
  const BundlePtr bundle = cluster.bundle(1, 7);
  check_vector("bundle payload", bundle->view().payload);
  check_vector("bundle signature", bundle->view().signature);
  check_vector("bundle digest", bundle->digest());
  check_vector("operation digest", operation_digest(ClientId(1), Timestamp(7), bundle->view().operations[0]));
  const BatchPtr batch = Batch::build(WallTime(1'700'000'000'000'000), std::vector<BundlePtr>{bundle});
  check_vector("batch body", batch->body());
  check_vector("batch digest", batch->digest());
  const BatchPtr with_rejoin =
      Batch::build(WallTime(1'700'000'000'000'000), {}, std::vector<Rejoin>{cluster.rejoin(3, 2, 99)});
  check_vector("body of a batch of one REJOIN", with_rejoin->body());
  check_vector("its digest", with_rejoin->digest());
  check_vector("null digest", null_digest());
  check_vector("empty tree", empty_merkle_root());
  const auto replies = cluster.replies(1, 3, 0, 3);
  check_vector("leaf 0", replies.leaves[0].digest());
  check_vector("root of three leaves", replies.root);
}

TEST_CASE("the README's operations and results") {
  const ByteView key = as_bytes("key");
  const ByteView value = as_bytes("value");
  const Version version{SequenceNumber(9), 2};
  const auto check_operation = [](const std::string& name, const Operation& operation) {
    check_vector(name, encode_operation(operation).value());
  };
  const auto check_result = [](const std::string& name, const OperationResult& result) {
    check_vector(name, encode_result(result));
  };
  check_operation("get `key`", Get{key});
  check_operation("put `key` = `value`", Put{key, value});
  check_operation("delete `key`", Delete{key});
  check_operation("scan from `a` to `b`, limit 7", Scan{as_bytes("a"), as_bytes("b"), 7});
  check_operation("add −1 to `key`", Add{key, -1});
  check_operation("if `key` has version (9, 2) put, else get",
                  Transaction{{VersionEquals{key, version}}, {Put{key, value}}, {Get{key}}});
  check_operation("the other conditions on `key`",
                  Transaction{{Exists{key}, IsAbsent{key}, ValueEquals{key, value}, IntegerAtLeast{key, -1}}, {}, {}});
  const Bytes key_copy(key.begin(), key.end());
  const Bytes value_copy(value.begin(), value.end());
  check_result("found `value` of version (9, 2)", Found{version, value_copy});
  check_result("not found", NotFound{});
  check_result("written, version (9, 2)", Written{version});
  check_result("deleted, it existed", Deleted{true});
  check_result("page of `key`, next `next`", Page{{{key_copy, version, value_copy}}, {'n', 'e', 'x', 't'}});
  check_result("sum −1 of version (9, 2)", Sum{version, -1});
  check_result("failed, not an integer", Failed{FailureReason::not_an_integer});
  check_result("transaction, otherwise ran: not found", TransactionResult{Branch::otherwise, {NotFound{}}});
  check_result("transaction failed in then at 5, overflow",
               TransactionFailed{Branch::then, 5, FailureReason::overflow});
}

TEST_CASE("the README's signed payloads and signatures") {
  const SampleCluster cluster;
  const PrePrepareHeader header{View(4), SequenceNumber(9), digest_filled(0x44)};
  const Prepare prepare = cluster.prepare(1, header);
  check_vector("PRE-PREPARE payload", payload_of(header));
  check_vector("PREPARE payload", payload_of(prepare));
  check_vector("PREPARE signature input",
               signature_input(cluster.genesis().cluster_id(), MessageType::prepare, payload_of(prepare)));
  check_vector("PREPARE signature", prepare.signature);
  check_vector("COMMIT signature", cluster.commit(1, header).signature);
  check_vector("CHECKPOINT payload", payload_of(cluster.checkpoint(3, SequenceNumber(8), digest_filled(0x44))));
  check_vector("STATUS payload", payload_of(cluster.status(2)));
  check_vector("FETCH payload", payload_of(Fetch{ReplicaId(3), SequenceNumber(5), 4, {}}));
  check_vector("REJOIN payload", payload_of(cluster.rejoin(3, 2, 99)));
  check_vector("REPLIES payload", payload_of(cluster.replies(1, 3, 0, 3)));
  check_vector("REFUSAL payload",
               payload_of(Refusal{RefusalReason::too_old, ClientId(1), Timestamp(3), ReplicaId(2), {}}));
  check_vector("MARK-QUERY payload", payload_of(MarkQuery{ClientId(1), 77, {}}));
  check_vector("MARK-ANSWER payload", payload_of(MarkAnswer{ClientId(1), 77, Timestamp(9), ReplicaId(2), View(4), {}}));
  check_vector("HEALTH-QUERY payload", payload_of(HealthQuery{ClientId(1), 78, {}}));
  check_vector(
      "HEALTH-REPORT payload",
      payload_of(HealthReport{ReplicaId(2), 78, View(4), true, SequenceNumber(10), SequenceNumber(8), "ok", {}}));
  check_vector("LEDGER-QUERY payload",
               payload_of(LedgerQuery{ClientId(1), 79, SequenceNumber(9), 3, {true, false, true}, {}}));
  check_vector("LEDGER-ANSWER payload", payload_of(LedgerAnswer{ReplicaId(0),
                                                                ClientId(1),
                                                                79,
                                                                SequenceNumber(2),
                                                                SequenceNumber(12),
                                                                SequenceNumber(9),
                                                                digest_filled(0x44),
                                                                {},
                                                                {},
                                                                {}}));
  check_vector("BLOCK-FETCH payload", payload_of(BlockFetch{ReplicaId(2), SequenceNumber(9), 4, {}}));
}

TEST_CASE("the README's limits") {
  const auto check_limit = [](const std::string& name, std::uint64_t value) {
    CHECK_MESSAGE(has_row("`" + name + "`", std::to_string(value)), "| `" << name << "` | " << value << " |");
  };
  check_limit("key_bytes_max", limits::key_bytes_max);
  check_limit("value_bytes_max", limits::value_bytes_max);
  check_limit("operation_bytes_max", limits::operation_bytes_max);
  check_limit("result_bytes_max", limits::result_bytes_max);
  check_limit("transaction_parts_max", limits::transaction_parts_max);
  check_limit("scan_entries_max", limits::scan_entries_max);
  check_limit("bundle_operations_max", limits::bundle_operations_max);
  check_limit("bundle_bytes_max", limits::bundle_bytes_max);
  check_limit("batch_entries_max", limits::batch_entries_max);
  check_limit("batch_bytes_max", limits::batch_bytes_max);
  check_limit("frame_bytes_max", limits::frame_bytes_max);
  check_limit("reply_leaves_max", limits::reply_leaves_max);
  check_limit("reply_bytes_max", limits::reply_bytes_max);
  check_limit("proof_digests_max", limits::proof_digests_max);
  check_limit("bitmap_bytes_max", limits::bitmap_bytes_max);
  check_limit("health_bytes_max", limits::health_bytes_max);
  check_limit("fetch_batches_max", limits::fetch_batches_max);
  check_limit("ledger_blocks_max", limits::ledger_blocks_max);
  check_limit("ledger_bytes_max", limits::ledger_bytes_max);
  check_limit("block_run_max", limits::block_run_max);
  check_limit("state_proof_bytes_max", limits::state_proof_bytes_max);
  check_limit("state_proof_levels_max", limits::state_proof_levels_max);
  check_limit("clients_max", limits::clients_max);
  check_limit("timestamp_jump_max", limits::timestamp_jump_max);
}

}  // namespace
}  // namespace quorate
