// What the data commands print or read as JSON; with cluster_json.cc, json.cc is all that sees the JSON library.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/command/commands.h"
#include "client/key_value.h"

namespace quorate::command {

/// {"handle": HANDLE}.
std::string json_of_handle(const std::string& handle);
/// {"imported": LINES}.
std::string json_of_import(std::uint64_t lines);
/// {"handle": HANDLE, "outcome": WORD}.
std::string json_of_outcome(const std::string& handle, const std::string& outcome);

// Bytes are written as text if they are UTF-8 and no other encoding is asked for, else as {"hex": "…"} or {"base64":
// "…"}. Versions are [N, INDEX].

/// One object for one answer.
std::string json_of(const OperationResult& result, OperationStatus status, Encoding encoding);
/// {"key", "version", "value"} of one entry of a scan.
std::string json_of(const Page::Entry& entry, Encoding encoding, bool keys_only);
/// {"key", "found", "version", "value"}; only the first two when there is none.
std::string json_of_get(const std::string& key, const Found* found, Encoding encoding);
/// {"pages", "snapshot"}: how something was read.
std::string json_of_pages(std::uint64_t pages, bool snapshot);
/// {"exported", "pages", "snapshot"}.
std::string json_of_export(std::uint64_t keys, std::uint64_t pages, bool snapshot);
/// {"version", "done"}.
std::string json_of_put(const Version& version);
/// {"done": false, "current": [{"key", "version"}]}; the version of an absent key is null. The results answer gets of
/// the keys, or are none.
std::string json_of_not_met(const std::vector<std::string>& keys, const std::vector<SimpleResult>& results,
                            Encoding encoding);
/// {"deleted", "keys": [{"key", "existed"}], "done"}.
std::string json_of_deleted(const std::vector<std::string>& keys, const std::vector<bool>& existed, Encoding encoding);
/// {"deleted", "transactions", "snapshot": false, "done"}.
std::string json_of_deleted(std::uint64_t keys, std::uint64_t transactions, bool done);
/// {"error", "handle", "done": false} of an operation without an answer; without the second if the handle is empty.
std::string json_of_error(const std::string& message, const std::string& handle);

/// An operation's bytes as JSON: as transactions are written, or {"malformed": {"hex": "…"}}.
std::string json_of_operation(ByteView operation);

/// A transaction that owns the texts that its operations view.
struct ParsedTransaction {
  std::vector<std::unique_ptr<std::string>> texts;
  Transaction transaction;
};
/// Errors say which part is wrong, and what is known instead.
Result<ParsedTransaction> parse_transaction(const std::string& text);

/// What bench counted in windows of time, one after the other.
struct BenchWindows {
  struct Window {
    std::uint64_t operations = 0;
    double p99_ms = 0;
    double max_ms = 0;
  };
  std::uint64_t begun_ms = 0;   // since 1970
  std::uint64_t length_ms = 0;  // of each; 0: none were asked for
  std::vector<Window> windows;
};

struct BenchReport {
  BenchOptions options;
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  double seconds = 0;
  double mean_ms = 0;
  double p50_ms = 0;
  double p90_ms = 0;
  double p99_ms = 0;
  double p999_ms = 0;
  double max_ms = 0;
  double longest_gap_ms = 0;  // without any acknowledgement
  BenchWindows series;
};
std::string json_of(const BenchReport& report);

}  // namespace quorate::command
