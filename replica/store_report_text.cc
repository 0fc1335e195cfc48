// A store report in words and as JSON (store_report.h).
#include <nlohmann/json.hpp>

#include "replica/store_report.h"

namespace quorate {
namespace {

using Json = nlohmann::ordered_json;

std::string in_words(const LogContents& log) {
  return "stable checkpoint " + std::to_string(log.stable_checkpoint.value) + ", committed up to " +
         std::to_string(log.last_committed.value) + ", view " + std::to_string(log.view.value);
}

std::string in_words(const StateContents& state) {
  if (!state.whole) return "it was being fetched from the others, which goes on at the next start";
  return "the state of slot " + std::to_string(state.slot.value) + ", " + std::to_string(state.entries) +
         " records, root " + to_hex(state.root);
}

template <typename Contents>
std::string line(const char* name, const CheckedStore<Contents>& store) {
  if (store.error) return std::string(name) + ": not in order: " + store.error->message + "\n";
  return std::string(name) + ": in order: " + in_words(*store.contents) + "\n";
}

void add(Json& json, const LogContents& log) {
  json["stable_checkpoint"] = log.stable_checkpoint.value;
  json["last_committed"] = log.last_committed.value;
  json["view"] = log.view.value;
}

void add(Json& json, const StateContents& state) {
  json["slot"] = state.slot.value;
  json["whole"] = state.whole;
  json["entries"] = state.entries;
  json["root"] = to_hex(state.root);
}

template <typename Contents>
Json json_of(const CheckedStore<Contents>& store) {
  Json json{{"directory", store.directory.string()}, {"bytes", store.bytes}};
  if (store.error) json["error"] = store.error->message;
  if (store.contents) add(json, *store.contents);
  return json;
}

}  // namespace

std::string to_text(const StoreReport& report) { return line("log", report.log) + line("state", report.state); }

std::string to_json(const StoreReport& report) {
  return Json{{"replica", report.replica.value},
              {"in_order", report.in_order()},
              {"log", json_of(report.log)},
              {"state", json_of(report.state)}}
             .dump() +
         "\n";
}

}  // namespace quorate
