// The JSON of ledger_text.h.
#include <nlohmann/json.hpp>

#include "client/command/json.h"
#include "client/command/ledger_text.h"

namespace quorate::command {
namespace {

using Json = nlohmann::ordered_json;

Json signers_of(const std::vector<ReplicaId>& replicas) {
  Json list = Json::array();
  for (const ReplicaId replica : replicas) list.push_back(replica.value);
  return list;
}

Json bundles_of(const Batch& batch) {
  Json list = Json::array();
  for (const BundleView& bundle : batch.bundles()) {
    for (std::size_t i = 0; i < bundle.operations.size(); ++i) {
      list.push_back({{"client", bundle.client.value},
                      {"t", (bundle.first + i).value},
                      {"operation", Json::parse(json_of_operation(bundle.operations[i]))}});
    }
  }
  return list;
}

}  // namespace

std::string json_of(const LedgerEntry& entry, bool bodies) {
  const Block& block = entry.block;
  const auto operations = operations_in(entry);
  Json json = {{"n", block.n.value},
               {"block", to_hex(block.digest())},
               {"previous", to_hex(block.previous)},
               {"batch", to_hex(block.batch)},
               {"operations", operations ? Json(*operations) : Json(nullptr)},
               {"reply_root", to_hex(block.reply_root)},
               {"time_us", block.agreed_time.value},
               {"view", entry.certificate ? Json(entry.certificate->view.value) : Json(nullptr)},
               {"signers", entry.certificate ? signers_of(signers_in(*entry.certificate)) : Json(nullptr)}};
  if (bodies) json["bodies"] = entry.batch ? bundles_of(*entry.batch) : operations ? Json::array() : Json(nullptr);
  return json.dump();
}

std::string json_of(const LedgerFoundation& foundation) {
  Json json = {{"first", foundation.first.value}, {"last", foundation.last.value}, {"block", to_hex(foundation.block)}};
  json["checkpoint"] = nullptr;
  if (foundation.checkpoint.value != 0) {
    json["checkpoint"] = {{"n", foundation.checkpoint.value}, {"signers", signers_of(foundation.checkpoint_by)}};
  }
  json["block_signers"] = foundation.block_by.empty() ? Json(nullptr) : signers_of(foundation.block_by);
  return json.dump();
}

}  // namespace quorate::command
