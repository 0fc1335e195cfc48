// Texts that people and programs hand in: a cluster file, a transaction, a list of hosts, a list of keys. What is read
// is written so that it is read as the same again.
#include "client/command/hosts.h"
#include "client/command/json.h"
#include "crypto/check.h"
#include "messages/cluster_file.h"

namespace {

using namespace quorate;

void read_cluster_text(const std::string& text) {
  const auto cluster = parse_cluster_file(text, "a file");
  if (!cluster) return check(!cluster.error().message.empty(), "what is refused is refused in words");
  const std::string written = cluster_file_text(*cluster);
  const auto again = parse_cluster_file(written, "a file");
  check(again && again->genesis.cluster_id() == cluster->genesis.cluster_id() && again->addresses == cluster->addresses,
        "a cluster file that was written is read as the same");
}

void read_transaction_text(const std::string& text) {
  const auto parsed = command::parse_transaction(text);
  if (!parsed) return check(!parsed.error().message.empty(), "what is refused is refused in words");
  const auto operation = encode_operation(parsed->transaction);
  if (!operation) return;  // beyond the limits
  const auto again = command::parse_transaction(command::json_of_operation(*operation));
  check(again && encode_operation(again->transaction) == *operation, "a transaction is printed as it is written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0:
      read_cluster_text(text);
      break;
    case 1:
      read_transaction_text(text);
      break;
    case 2:
      static_cast<void>(command::parse_hosts(text, "a file", 7000));
      break;
    default:
      static_cast<void>(command::parse_public_keys(text, "a file"));
      break;
  }
  return 0;
}
