#include "client/command/json.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace quorate::command {
namespace {

using Json = nlohmann::ordered_json;

bool is_utf8(ByteView bytes) {
  // The library checks when it writes; a lone byte string is the cheapest way to ask it.
  try {
    static_cast<void>(Json(std::string(as_text(bytes))).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

Json bytes_of(ByteView bytes, Encoding encoding) {
  if (encoding == Encoding::base64) return Json{{"base64", to_base64(as_text(bytes))}};
  if (encoding == Encoding::text && is_utf8(bytes)) return std::string(as_text(bytes));
  return Json{{"hex", to_hex(bytes)}};
}

Json version_of(const Version& version) { return Json::array({version.n.value, version.index}); }

std::string reason_text(FailureReason reason) {
  switch (reason) {
    case FailureReason::overflow:
      return "overflow";
    case FailureReason::not_an_integer:
      return "not an integer";
    case FailureReason::result_too_large:
      return "result too large";
  }
  return "unknown";
}

Json entry_of(const Page::Entry& entry, Encoding encoding) {
  return {{"key", bytes_of(entry.key, encoding)},
          {"version", version_of(entry.version)},
          {"value", bytes_of(entry.value, encoding)}};
}

struct ToJson {
  Encoding encoding;

  Json operator()(const Found& r) const {
    return {{"found", true}, {"version", version_of(r.version)}, {"value", bytes_of(r.value, encoding)}};
  }
  Json operator()(const NotFound&) const { return {{"found", false}}; }
  Json operator()(const Written& r) const { return {{"version", version_of(r.version)}}; }
  Json operator()(const Deleted& r) const { return {{"existed", r.existed}}; }
  Json operator()(const Page& r) const {
    Json entries = Json::array();
    for (const Page::Entry& entry : r.entries) entries.push_back(entry_of(entry, encoding));
    return {{"entries", entries}, {"next", r.next.empty() ? Json(nullptr) : bytes_of(r.next, encoding)}};
  }
  Json operator()(const Sum& r) const { return {{"version", version_of(r.version)}, {"sum", r.value}}; }
  Json operator()(const Failed& r) const { return {{"failed", reason_text(r.reason)}}; }
  Json operator()(const TransactionResult& r) const {
    Json results = Json::array();
    for (const SimpleResult& result : r.results) results.push_back(std::visit(*this, result));
    return {{"branch", r.branch == Branch::then ? "then" : "else"}, {"results", results}};
  }
  Json operator()(const TransactionFailed& r) const {
    return {{"branch", r.branch == Branch::then ? "then" : "else"},
            {"failed", reason_text(r.reason)},
            {"operation", r.position}};
  }
};

/// An operation as a transaction's parts are written.
struct OperationToJson {
  Json operator()(const Get& o) const { return {{"get", text(o.key)}}; }
  Json operator()(const Put& o) const { return {{"put", text(o.key)}, {"value", text(o.value)}}; }
  Json operator()(const Delete& o) const { return {{"delete", text(o.key)}}; }
  Json operator()(const Scan& o) const { return {{"scan", text(o.from)}, {"to", text(o.to)}, {"limit", o.limit}}; }
  Json operator()(const Add& o) const { return {{"add", text(o.key)}, {"delta", o.delta}}; }
  Json operator()(const Exists& c) const { return {{"exists", text(c.key)}}; }
  Json operator()(const IsAbsent& c) const { return {{"absent", text(c.key)}}; }
  Json operator()(const VersionEquals& c) const { return {{"key", text(c.key)}, {"version", version_of(c.version)}}; }
  Json operator()(const ValueEquals& c) const { return {{"key", text(c.key)}, {"value", text(c.value)}}; }
  Json operator()(const IntegerAtLeast& c) const { return {{"key", text(c.key)}, {"at_least", c.bound}}; }
  Json operator()(const Transaction& o) const {
    return {{"conditions", list(o.conditions)}, {"then", list(o.then)}, {"else", list(o.otherwise)}};
  }

  static Json text(ByteView bytes) { return bytes_of(bytes, Encoding::text); }
  template <typename Part>
  Json list(const std::vector<Part>& parts) const {
    Json all = Json::array();
    for (const Part& part : parts) all.push_back(std::visit(*this, part));
    return all;
  }
};

// --- transactions in ---

/// Thrown and caught in this file only: what is wrong with the JSON of a transaction.
struct Wrong {
  std::string what;
};

class TransactionReader {
 public:
  Result<ParsedTransaction> read(const std::string& text) {
    try {
      const Json json = Json::parse(text);
      demand(json.is_object(), "a transaction is an object with \"conditions\", \"then\" and \"else\"");
      for (const auto& [name, list] : json.items()) {
        demand(name == "conditions" || name == "then" || name == "else",
               "unknown part \"" + name + "\"; known are \"conditions\", \"then\" and \"else\"");
        demand(list.is_array(), "\"" + name + "\" is a list");
      }
      Transaction& transaction = parsed_.transaction;
      for (const Json& item : json.value("conditions", Json::array()))
        transaction.conditions.push_back(condition(item));
      for (const Json& item : json.value("then", Json::array())) transaction.then.push_back(operation(item));
      for (const Json& item : json.value("else", Json::array())) transaction.otherwise.push_back(operation(item));
      return std::move(parsed_);
    } catch (const Wrong& wrong) {
      return failure("not a transaction: " + wrong.what);
    } catch (const Json::exception& error) {
      return failure(std::string("not a transaction: ") + error.what());
    }
  }

 private:
  static void demand(bool good, const std::string& what) {
    if (!good) throw Wrong{what};
  }
  /// A text, {"hex": "…"} or {"base64": "…"}.
  ByteView bytes(const Json& json) {
    std::string text;
    if (json.is_object()) {
      const bool is_hex = json.contains("hex");
      demand(json.size() == 1 && (is_hex || json.contains("base64")),
             "bytes are a text, {\"hex\": TEXT} or {\"base64\": TEXT}");
      const auto& word = json.front().get_ref<const std::string&>();
      auto read = decoded(is_hex ? Encoding::hex : Encoding::base64, word);
      if (!read) throw Wrong{"\"" + word + "\": " + read.error().message};
      text = std::move(*read);
    } else {
      text = json.get<std::string>();
    }
    parsed_.texts.push_back(std::make_unique<std::string>(std::move(text)));
    return as_bytes(*parsed_.texts.back());
  }
  /// JSON's numbers convert to any type of ours, wrapped or cut off, without a word.
  template <typename Integer>
  static Integer integer(const Json& json, const std::string& name) {
    using Limits = std::numeric_limits<Integer>;
    const bool fits = json.is_number_unsigned()
                          ? std::in_range<Integer>(json.get<std::uint64_t>())
                          : json.is_number_integer() && std::in_range<Integer>(json.get<std::int64_t>());
    demand(fits, "\"" + name + "\" is an integer from " + std::to_string(Limits::min()) + " to " +
                     std::to_string(Limits::max()) + ", not " + json.dump());
    return json.get<Integer>();
  }
  static void only(const Json& item, const std::string& kind, std::initializer_list<const char*> fields) {
    for (const auto& [name, value] : item.items()) {
      bool known = false;
      for (const char* field : fields) known = known || name == field;
      if (!known) throw Wrong{std::string("unknown field \"").append(name).append("\" in ").append(kind)};
    }
  }
  Condition condition(const Json& item) {
    demand(item.is_object(), "a condition is an object");
    if (item.contains("exists")) return only(item, "exists", {"exists"}), Exists{bytes(item.at("exists"))};
    if (item.contains("absent")) return only(item, "absent", {"absent"}), IsAbsent{bytes(item.at("absent"))};
    only(item, "a condition", {"key", "version", "value", "at_least"});
    demand(
        item.size() == 2 && item.contains("key"),
        "a condition is {\"exists\": KEY}, {\"absent\": KEY}, or {\"key\": KEY} with one of \"version\": [N, INDEX], "
        "\"value\" and \"at_least\"");
    const ByteView key = bytes(item.at("key"));
    if (item.contains("value")) return ValueEquals{key, bytes(item.at("value"))};
    if (item.contains("at_least")) return IntegerAtLeast{key, integer<std::int64_t>(item.at("at_least"), "at_least")};
    const Json& version = item.at("version");
    demand(version.is_array() && version.size() == 2, "\"version\" is [N, INDEX]");
    return VersionEquals{key,
                         {SequenceNumber(integer<std::uint64_t>(version.at(0), "version")),
                          integer<std::uint32_t>(version.at(1), "version")}};
  }
  SimpleOperation operation(const Json& item) {
    demand(item.is_object(), "an operation is an object");
    if (item.contains("get")) return only(item, "get", {"get"}), Get{bytes(item.at("get"))};
    if (item.contains("delete")) return only(item, "delete", {"delete"}), Delete{bytes(item.at("delete"))};
    if (item.contains("put")) {
      only(item, "put", {"put", "value"});
      const ByteView key = bytes(item.at("put"));
      return Put{key, bytes(item.at("value"))};
    }
    if (item.contains("add")) {
      only(item, "add", {"add", "delta"});
      return Add{bytes(item.at("add")), integer<std::int64_t>(item.at("delta"), "delta")};
    }
    demand(item.contains("scan"), "an operation is one of get, put, delete, add and scan");
    only(item, "scan", {"scan", "to", "limit"});
    const ByteView from = bytes(item.at("scan"));
    return Scan{from, item.contains("to") ? bytes(item.at("to")) : ByteView(),
                integer<std::uint32_t>(item.at("limit"), "limit")};
  }

  ParsedTransaction parsed_;
};

}  // namespace

std::string json_of(const OperationResult& result, OperationStatus status, Encoding encoding) {
  Json json = std::visit(ToJson{encoding}, result);
  json["done"] = status == OperationStatus::done;
  return json.dump();
}

std::string json_of_handle(const std::string& handle) { return Json{{"handle", handle}}.dump(); }

std::string json_of_import(std::uint64_t lines) { return Json{{"imported", lines}}.dump(); }

std::string json_of_outcome(const std::string& handle, const std::string& outcome) {
  return Json{{"handle", handle}, {"outcome", outcome}}.dump();
}

std::string json_of(const Page::Entry& entry, Encoding encoding, bool keys_only) {
  Json json = entry_of(entry, encoding);
  if (keys_only) json.erase("value");
  return json.dump();
}

std::string json_of_get(const std::string& key, const Found* found, Encoding encoding) {
  Json json = {{"key", bytes_of(as_bytes(key), encoding)}};
  json.update(found != nullptr ? ToJson{encoding}(*found) : ToJson{encoding}(NotFound()));
  return json.dump();
}

std::string json_of_pages(std::uint64_t pages, bool snapshot) {
  return Json{{"pages", pages}, {"snapshot", snapshot}}.dump();
}

std::string json_of_export(std::uint64_t keys, std::uint64_t pages, bool snapshot) {
  return Json{{"exported", keys}, {"pages", pages}, {"snapshot", snapshot}}.dump();
}

std::string json_of_put(const Version& version) {
  return Json{{"version", version_of(version)}, {"done", true}}.dump();
}

std::string json_of_not_met(const std::vector<std::string>& keys, const std::vector<SimpleResult>& results,
                            Encoding encoding) {
  Json current = Json::array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto* found = std::get_if<Found>(&results[i]);
    current.push_back({{"key", bytes_of(as_bytes(keys[i]), encoding)},
                       {"version", found != nullptr ? version_of(found->version) : Json(nullptr)}});
  }
  return Json{{"done", false}, {"current", current}}.dump();
}

std::string json_of_deleted(const std::vector<std::string>& keys, const std::vector<bool>& existed, Encoding encoding) {
  Json list = Json::array();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    list.push_back({{"key", bytes_of(as_bytes(keys[i]), encoding)}, {"existed", static_cast<bool>(existed[i])}});
  }
  const auto deleted = std::count(existed.begin(), existed.end(), true);
  return Json{{"deleted", deleted}, {"keys", list}, {"done", true}}.dump();
}

std::string json_of_deleted(std::uint64_t keys, std::uint64_t transactions, bool done) {
  return Json{{"deleted", keys}, {"transactions", transactions}, {"snapshot", false}, {"done", done}}.dump();
}

std::string json_of_error(const std::string& message, const std::string& handle) {
  Json json = {{"error", message}};
  if (!handle.empty()) json["handle"] = handle;
  json["done"] = false;
  return json.dump();
}

std::string json_of_operation(ByteView operation) {
  const auto decoded = decode_operation(operation);
  if (!decoded) return Json{{"malformed", {{"hex", to_hex(operation)}}}}.dump();
  return std::visit(OperationToJson{}, *decoded).dump();
}

Result<ParsedTransaction> parse_transaction(const std::string& text) { return TransactionReader().read(text); }

Json json_of(const BenchWindows& series) {
  Json operations = Json::array();
  Json p99 = Json::array();
  Json max = Json::array();
  for (const BenchWindows::Window& window : series.windows) {
    operations.push_back(window.operations);
    p99.push_back(window.p99_ms);
    max.push_back(window.max_ms);
  }
  return {{"begun_ms", series.begun_ms},
          {"window_ms", series.length_ms},
          {"operations", operations},
          {"p99_ms", p99},
          {"max_ms", max}};
}

std::string json_of(const BenchReport& report) {
  const BenchOptions& options = report.options;
  Json json{{"ops_per_second", report.seconds > 0 ? static_cast<double>(report.operations) / report.seconds : 0},
            {"operations", report.operations},
            {"errors", report.errors},
            {"seconds", report.seconds},
            {"latency_ms",
             {{"mean", report.mean_ms},
              {"p50", report.p50_ms},
              {"p90", report.p90_ms},
              {"p99", report.p99_ms},
              {"p999", report.p999_ms},
              {"max", report.max_ms}}},
            {"longest_gap_ms", report.longest_gap_ms},
            {"configuration",
             {{"clients", options.clients},
              {"outstanding", options.outstanding},
              {"rate", options.rate},
              {"value_bytes", options.value_bytes},
              {"keys", options.keys},
              {"read_percent", options.read_percent},
              {"distribution", options.zipf ? "zipf" : "uniform"},
              {"seconds", options.seconds},
              {"warmup", options.warmup},
              {"preload", options.preload}}}};
  if (report.series.length_ms != 0) json["series"] = json_of(report.series);
  return json.dump();
}

}  // namespace quorate::command
