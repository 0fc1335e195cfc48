#include "client/command/ledger_text.h"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <sstream>

#include "client/command/json.h"

namespace quorate::command {
namespace {

/// Enough to tell digests apart by eye; JSON has all of it.
std::string in_short(const Digest& digest) { return to_hex(digest).substr(0, 16); }

std::string joined(const std::vector<ReplicaId>& replicas) {
  std::string text;
  for (const ReplicaId replica : replicas) text += (text.empty() ? "" : ",") + std::to_string(replica.value);
  return text;
}

std::string name_of(WallTime time) {
  if (time.value == 0) return "-";
  const auto seconds = static_cast<std::time_t>(time.value / 1'000'000);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return std::to_string(time.value) + " us";
  std::ostringstream out;
  out << std::put_time(&parts, "%Y-%m-%dT%H:%M:%S") << '.' << std::setw(6) << std::setfill('0')
      << time.value % 1'000'000 << 'Z';
  return out.str();
}

std::string line_of(const std::string& n, const std::string& block, const std::string& batch,
                    const std::string& operations, const std::string& replies, const std::string& time,
                    const std::string& signers) {
  std::ostringstream out;
  out << std::left << std::setw(8) << n << std::setw(18) << block << std::setw(18) << batch << std::setw(12)
      << operations << std::setw(18) << replies << std::setw(29) << time << signers << '\n';
  return out.str();
}

std::string blocks_name(SequenceNumber first, SequenceNumber last) {
  if (first == last) return "block " + std::to_string(first.value) + " is";
  return "blocks " + std::to_string(first.value) + " to " + std::to_string(last.value) + " are";
}

}  // namespace

std::optional<std::size_t> operations_in(const LedgerEntry& entry) {
  if (entry.block.batch == null_digest()) return 0;
  if (!entry.batch) return std::nullopt;
  std::size_t count = 0;
  for (const BundleView& bundle : entry.batch->bundles()) count += bundle.operations.size();
  return count;
}

std::vector<ReplicaId> signers_in(const CommitCertificate& certificate) {
  std::vector<ReplicaId> signers;
  for (const SignedBy& part : certificate.commits) signers.push_back(part.replica);
  return signers;
}

std::string ledger_heading() { return line_of("n", "block", "batch", "operations", "replies", "time", "committed by"); }

std::string text_of(const LedgerEntry& entry, bool bodies) {
  const Block& block = entry.block;
  const auto operations = operations_in(entry);
  std::string text =
      line_of(std::to_string(block.n.value), in_short(block.digest()), in_short(block.batch),
              operations ? std::to_string(*operations) : "-", in_short(block.reply_root), name_of(block.agreed_time),
              entry.certificate ? joined(signers_in(*entry.certificate)) : "-");
  if (!bodies || !entry.batch) return text;
  for (const BundleView& bundle : entry.batch->bundles()) {
    for (std::size_t i = 0; i < bundle.operations.size(); ++i) {
      text += "        client " + std::to_string(bundle.client.value) + " t " +
              std::to_string((bundle.first + i).value) + ": " + json_of_operation(bundle.operations[i]) + '\n';
    }
  }
  return text;
}

std::string text_of(const LedgerFoundation& foundation) {
  std::string text;
  const SequenceNumber checkpoint = foundation.checkpoint;
  if (checkpoint.value != 0) {
    text += blocks_name(foundation.first, std::min(checkpoint, foundation.last)) + " proven by the checkpoint at " +
            std::to_string(checkpoint.value) + ", which replicas " + joined(foundation.checkpoint_by) + " signed\n";
  }
  if (!foundation.block_by.empty()) {
    const SequenceNumber first = checkpoint.value != 0 ? checkpoint + 1 : foundation.first;
    if (first == foundation.last)
      return text + blocks_name(first, first) + " proven: replicas " + joined(foundation.block_by) + " signed it\n";
    text += blocks_name(first, foundation.last) + " proven by block " + std::to_string(foundation.last.value) +
            ", which replicas " + joined(foundation.block_by) + " signed\n";
  }
  return text;
}

}  // namespace quorate::command
