// ledger: the blocks of the ledger, each proven before it is shown, from a cluster or from a file.
#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

#include "client/command/commands.h"
#include "client/command/ledger_file.h"
#include "client/command/ledger_text.h"
#include "client/command/local_cluster.h"
#include "client/command/partial_file.h"
#include "client/command/session.h"
#include "client/ledger_source.h"
#include "crypto/key_file.h"

namespace quorate::command {
namespace {

constexpr std::chrono::milliseconds patience_max{2'000};  // for one answer of one replica

struct Range {
  SequenceNumber first;
  SequenceNumber last;
};

/// The blocks that are asked for, of those that a replica says it holds: some, or `last` is 0.
Range range_of(const LedgerOptions& options, const LedgerAnswer& held) {
  const std::uint64_t last = options.to.value_or(held.newest.value);
  if (last == 0 || options.from) return {SequenceNumber(options.from.value_or(0)), SequenceNumber(last)};
  const std::uint64_t first = last - std::min(last, options.last) + 1;
  return {SequenceNumber(std::max(first, std::min(held.oldest.value, last))), SequenceNumber(last)};
}

/// Prints blocks that are proven, each once, whichever replica they come from.
class Printer {
 public:
  Printer(const LedgerOptions& options, bool json) : options_(options), json_(json) {}

  void block(const LedgerEntry& entry) {
    if (options_.verify_only || entry.block.n < next_) return;
    if (next_.value == 0 && !json_) std::cout << ledger_heading();
    std::cout << (json_ ? json_of(entry, options_.bodies) + '\n' : text_of(entry, options_.bodies));
    next_ = entry.block.n + 1;
  }
  void foundation(const LedgerFoundation& foundation) const {
    std::cout << (json_ ? json_of(foundation) + '\n' : text_of(foundation));
  }

 private:
  const LedgerOptions& options_;
  bool json_;
  SequenceNumber next_;
};

tl::expected<void, LedgerFailure> show(const Genesis& genesis, LedgerSource& source, const Range& range,
                                       Printer& printer) {
  const Ed25519Scheme scheme;
  LedgerProof proof(genesis, scheme);
  const auto foundation = proof.prove(source, range.first, range.last);
  if (!foundation) return tl::unexpected(foundation.error());
  const auto shown = proof.read(source, [&](const LedgerEntry& entry) { printer.block(entry); });
  if (shown) printer.foundation(*foundation);
  return shown;
}

Status status_of(LedgerFailure::Kind kind) {
  const bool not_there = kind == LedgerFailure::Kind::gone || kind == LedgerFailure::Kind::absent;
  return not_there ? Status::not_met : Status::unreachable;
}

Status check_file(const ClusterFile& cluster, const LedgerOptions& options, Printer& printer) {
  auto file = LedgerFile::open(options.check);
  if (!file) return fail(Status::usage, file.error().message);
  const auto shown = show(cluster.genesis, **file, {(*file)->first(), (*file)->last()}, printer);
  if (!shown) return fail(Status::usage, "'" + options.check + "' proves nothing: " + shown.error().text);
  if (!(*file)->at_end()) return fail(Status::usage, "'" + options.check + "' goes on behind its proof");
  return Status::done;
}

Result<AskingKey> asking_key(const Target& target, const ClusterFile& cluster) {
  if (target.client) {
    const ClientId id(*target.client);
    auto seed = read_key_file(client_key_path(target.directory.cluster_file(), id));
    if (!seed) return tl::unexpected(seed.error());
    return AskingKey{id, *seed};
  }
  LocalCluster local;
  local.directory = target.directory;
  local.file = cluster;
  auto key = find_asking_key(local);
  if (!key) return tl::unexpected(key.error());
  if (!*key)
    return failure("there is no client key in " + target.directory.root.string() +
                   ", and replicas answer "
                   "clients only; put one there as client-I.key");
  return **key;
}

/// Replicas that say they hold the newest blocks come first.
std::vector<LedgerAnswer> in_order(const ClusterLedger::Answers& held, const LedgerOptions& options) {
  std::vector<LedgerAnswer> order;
  for (const auto& [replica, answer] : held) {
    if (!options.replica || replica.value == *options.replica) order.push_back(answer);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.newest > b.newest; });
  return order;
}

/// Reads from one replica. A file is there when all is proven; `unwritten` says why it is not.
tl::expected<void, LedgerFailure> read_from(ClusterLedger& ledger, const Genesis& genesis, const LedgerAnswer& held,
                                            const LedgerOptions& options, Printer& printer,
                                            std::optional<Error>& unwritten) {
  const Range range = range_of(options, held);
  const SequenceNumber highest = std::max({range.first, range.last, SequenceNumber(1)});
  if (held.newest < highest) {
    return tl::unexpected(LedgerFailure{LedgerFailure::Kind::absent, "block " + std::to_string(highest.value) +
                                                                         " is not there; the newest is block " +
                                                                         std::to_string(held.newest.value)});
  }
  const auto source = ledger.of(held.replica);
  if (options.export_to.empty()) return show(genesis, *source, range, printer);
  const auto file = PartialFile::open(options.export_to);
  if (!file) {
    unwritten = file.error();
    return {};
  }
  RecordedLedger recorded(*source, (*file)->stream(), range.first, range.last);
  auto shown = show(genesis, recorded, range, printer);
  if (!shown) return shown;
  if (auto written = (*file)->commit(); !written) unwritten = written.error();
  return {};
}

}  // namespace

Status ledger(const Target& target, const LedgerOptions& options) {
  const auto cluster = read_cluster(target.directory);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  Printer printer(options, target.json);
  if (!options.check.empty()) return check_file(*cluster, options, printer);
  if (options.replica && *options.replica >= cluster->addresses.size()) {
    return fail(Status::usage, "there is no replica " + std::to_string(*options.replica));
  }
  const std::uint64_t from = options.from.value_or(1);
  if (from == 0 || from > options.to.value_or(from)) {
    return fail(Status::usage, "blocks are counted from 1, and --from is not behind --to");
  }
  const auto key = asking_key(target, *cluster);
  if (!key) return fail(Status::usage, key.error().message);
  ClusterLedger asked(*cluster, key->id, key->seed, std::min(target.deadline, patience_max));
  const auto order = in_order(asked.ask_all(SequenceNumber(), cluster->genesis.quorums().quorum()), options);
  std::optional<LedgerFailure> last;
  for (const LedgerAnswer& held : order) {
    std::optional<Error> unwritten;
    const auto shown = read_from(asked, cluster->genesis, held, options, printer, unwritten);
    if (unwritten) return fail(Status::usage, unwritten->message);
    if (shown) return Status::done;
    const bool not_there = status_of(shown.error().kind) == Status::not_met;
    if (!not_there) std::cerr << "quorate: replica " << held.replica.value << ": " << shown.error().text << '\n';
    if (!last || !not_there) last = shown.error();
  }
  if (!last) return fail(Status::unreachable, "no replica answers; 'quorate cluster status' says more");
  return fail(status_of(last->kind),
              status_of(last->kind) == Status::not_met ? last->text : "no replica proved the blocks");
}

}  // namespace quorate::command
