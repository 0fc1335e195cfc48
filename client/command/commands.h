// What the `quorate` command can do: each command as a function from its options to an exit status. The *_line.cc read
// the command line; cluster_commands.h has the commands on a cluster.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/command/directory.h"
#include "client/command/encoding.h"

namespace quorate::command {

/// Exit statuses; --help lists them.
enum class Status : int {
  done = 0,
  not_met = 1,      // a condition was not met, or a key is absent
  usage = 2,        // command line, files, or what an operation asks for
  unreachable = 3,  // too few replicas answer, nothing was changed; what was waited for did not come true
  unknown = 4,      // sent and not answered in time: it may have run; a replica told to stop that still runs
};

/// Prints "quorate: MESSAGE" to stderr (session.cc).
Status fail(Status status, const std::string& message);

// --- data_write.cc, data_read.cc, data_transact.cc ---

struct Target {
  Directory directory;
  std::optional<std::uint32_t> client;
  std::chrono::milliseconds deadline{30'000};
  bool json = false;
  Encoding encoding = Encoding::text;  // of keys and values, read and printed
};
struct PutOptions {
  std::vector<std::string> words;  // KEY VALUE KEY VALUE …; one VALUE may be "-": standard input, byte for byte
  std::string if_version;          // N:INDEX; empty: whatever is there
  bool if_absent = false;
};
/// All keys in one transaction.
Status put(const Target& target, const PutOptions& options);
struct RemoveOptions {
  std::vector<std::string> keys;
  std::string if_version;             // as put's
  std::optional<std::string> prefix;  // instead of keys
};
/// All keys in one transaction; those with a prefix in as many as it takes.
Status remove(const Target& target, const RemoveOptions& options);
Status add(const Target& target, const std::string& key, std::int64_t delta);

struct GetOptions {
  std::vector<std::string> keys;
  bool version = false;  // print the versions too
};
Status get(const Target& target, const GetOptions& options);
struct ScanOptions {
  std::string prefix;
  std::string from;
  std::string to;
  std::uint64_t limit = ~std::uint64_t{};
  bool keys_only = false;
};
Status scan(const Target& target, const ScanOptions& options);
/// What `import` reads, to a file or "-".
Status export_to(const Target& target, const std::string& file, const std::string& prefix);

struct TransactOptions {
  std::string file;                // or "-"
  bool lines = false;              // one transaction on each line
  std::uint32_t outstanding = 64;  // of them under way at once
};
/// Transactions as JSON.
Status transact(const Target& target, const TransactOptions& options);

// --- import_command.cc ---

/// Lines "key<TAB>value" from a file or "-". A file's import that was ended half way goes on where it stopped.
Status import(const Target& target, const std::string& file);

// --- outcome_command.cc ---

/// How an operation ended of which a command said that its outcome is not known.
Status outcome(const Target& target, const std::string& handle);

// --- ledger_command.cc ---

struct LedgerOptions {
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;  // default: the newest
  std::uint64_t last = 10;          // so many up to `to`; not with `from`
  bool bodies = false;              // print the operations
  bool verify_only = false;         // print what proves the blocks and not the blocks
  std::optional<std::uint32_t> replica;
  std::string export_to;  // a file for the answers
  std::string check;      // a file of answers, instead of a cluster
};
/// Blocks of the ledger, each proven before it is printed.
Status ledger(const Target& target, const LedgerOptions& options);

// --- bench_command.cc ---

struct BenchOptions {
  std::uint32_t clients = 16;
  std::uint32_t outstanding = 64;  // of each client
  double rate = 0;                 // operations per second of all together; 0: as fast as answers come
  std::uint32_t value_bytes = 128;
  std::uint64_t keys = 100'000;
  std::uint32_t read_percent = 0;
  bool zipf = false;  // how keys are chosen: as in YCSB, or each as likely as any other
  std::uint32_t seconds = 10;
  std::uint32_t warmup = 2;
  bool preload = true;
  std::uint32_t series_ms = 0;  // length of the windows that are told one by one; 0: none
};
Status bench(const Target& target, const BenchOptions& options);

}  // namespace quorate::command
