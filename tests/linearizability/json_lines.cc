#include "tests/linearizability/json_lines.h"

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "crypto/digest.h"

namespace quorate::linearizability {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 4> statuses = {"done", "condition_not_met", "failed", "malformed"};

/// Throws std::runtime_error, or what the JSON library throws.
Bytes hex_of(const Json& json, const char* name) {
  const auto bytes = from_hex(json.at(name).get<std::string>());
  if (!bytes) throw std::runtime_error(std::string(name) + " is not hexadecimal");
  return *bytes;
}

Answer answer_of(const Json& json, const Call& call) {
  Answer answer;
  answer.at_us = json.at("answered_us").get<std::uint64_t>();
  if (answer.at_us < call.at_us) throw std::runtime_error("answered_us lies before called_us");
  const auto status = json.at("status").get<std::string>();
  std::uint8_t number = 0;
  while (number < statuses.size() && status != statuses[number]) ++number;
  if (number == statuses.size()) throw std::runtime_error("there is no status '" + status + "'");
  answer.status = static_cast<OperationStatus>(number);
  answer.result = hex_of(json, "result");
  return answer;
}

Call call_of(const Json& json) {
  Call call;
  call.client = json.at("client").get<std::uint32_t>();
  call.id = json.at("id").get<std::uint64_t>();
  call.at_us = json.at("called_us").get<std::uint64_t>();
  call.operation = hex_of(json, "operation");
  if (json.contains("answered_us")) call.answer = answer_of(json, call);
  if (json.contains("n")) {
    call.hint = Version{SequenceNumber(json.at("n").get<std::uint64_t>()), json.at("index").get<std::uint32_t>()};
  }
  return call;
}

}  // namespace

std::string to_json_lines(const History& history) {
  std::string text;
  for (const Call& call : history.calls()) {
    Json json = {{"client", call.client}, {"id", call.id}, {"called_us", call.at_us}};
    json["operation"] = to_hex(ByteView(call.operation));
    if (call.answer) {
      json["answered_us"] = call.answer->at_us;
      json["status"] = statuses[static_cast<std::size_t>(call.answer->status)];
      json["result"] = to_hex(ByteView(call.answer->result));
    }
    if (call.hint) {
      json["n"] = call.hint->n.value;
      json["index"] = call.hint->index;
    }
    text += json.dump() + "\n";
  }
  return text;
}

tl::expected<History, std::string> read_json_lines(const std::string& text) {
  History history;
  std::istringstream in(text);
  std::uint64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    try {
      Call call = call_of(Json::parse(line));
      const Digest name = Hasher("history-line").u64(number).finish();
      auto answer = std::exchange(call.answer, std::nullopt);
      history.call(name, std::move(call));
      if (answer) history.answer(name, std::move(*answer));
    } catch (const std::exception& error) {
      return tl::unexpected("line " + std::to_string(number) + ": " + error.what());
    }
  }
  return history;
}

}  // namespace quorate::linearizability
