// What the command prints as JSON and reads as a transaction.
#include <doctest/doctest.h>

#include "client/command/json.h"
#include "client/command/scan_pages.h"

namespace quorate::command {
namespace {

std::string error_of(const std::string& text) {
  const auto parsed = parse_transaction(text);
  return parsed ? "" : parsed.error().message;
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("bytes are text if they are UTF-8, else in the encoding that says so") {
  const Found text{{SequenceNumber(7), 2}, bytes_of("\xc3\xa9\"\n")};
  const Found bytes{{SequenceNumber(7), 2}, bytes_of("\xff")};
  CHECK(json_of_get("k", &text, Encoding::text) ==
        "{\"key\":\"k\",\"found\":true,\"version\":[7,2],\"value\":\"\xc3\xa9\\\"\\n\"}");
  CHECK(json_of_get("\xff", &bytes, Encoding::text) ==
        R"({"key":{"hex":"ff"},"found":true,"version":[7,2],"value":{"hex":"ff"}})");
  CHECK(json_of_get("k", &bytes, Encoding::base64) ==
        R"({"key":{"base64":"aw=="},"found":true,"version":[7,2],"value":{"base64":"/w=="}})");
  CHECK(json_of_get("k", nullptr, Encoding::hex) == R"({"key":{"hex":"6b"},"found":false})");
  const Page::Entry entry{bytes_of("k"), {SequenceNumber(1), 0}, bytes_of("v")};
  CHECK(json_of(entry, Encoding::text, false) == R"({"key":"k","version":[1,0],"value":"v"})");
  CHECK(json_of(entry, Encoding::text, true) == R"({"key":"k","version":[1,0]})");
}

TEST_CASE("conditions that are not met name the versions there are") {
  const std::vector<SimpleResult> results = {Found{{SequenceNumber(3), 1}, {}}, NotFound()};
  CHECK(json_of_not_met({"a", "b"}, results, Encoding::text) ==
        R"({"done":false,"current":[{"key":"a","version":[3,1]},{"key":"b","version":null}]})");
  CHECK(json_of_not_met({"a", "b"}, {}, Encoding::text) == R"({"done":false,"current":[]})");
}

TEST_CASE("keys and values of a transaction are texts, hexadecimal or base64") {
  const auto parsed = parse_transaction(
      R"({"conditions": [{"key": "k", "value": {"hex": "00Ff"}}], "then": [{"put": {"base64": "//4="}, "value": "é"}]})");
  REQUIRE(parsed.has_value());
  CHECK(as_text(std::get<ValueEquals>(parsed->transaction.conditions.at(0)).value) == std::string("\x00\xff", 2));
  const auto& put = std::get<Put>(parsed->transaction.then.at(0));
  CHECK(as_text(put.key) == "\xff\xfe");
  CHECK(as_text(put.value) == "\xc3\xa9");
}

TEST_CASE("what is wrong with a transaction is said") {
  CHECK(error_of("[]").find("a transaction is an object") != std::string::npos);
  CHECK(error_of("{").find("not a transaction: ") == 0);
  CHECK(error_of(R"({"than": []})").find("unknown part \"than\"") != std::string::npos);
  CHECK(error_of(R"({"then": [{"get": {"hex": "0"}}]})").find("\"0\": an odd number") != std::string::npos);
  CHECK(error_of(R"({"then": [{"get": {"base64": "?"}}]})").find("'?' at character 1") != std::string::npos);
  CHECK(error_of(R"({"then": [{"get": {"hex": "00", "base64": ""}}]})").find("bytes are a text") != std::string::npos);
  CHECK(error_of(R"({"then": [{"get": {}}]})").find("bytes are a text") != std::string::npos);
  CHECK(error_of(R"({"then": [{"get": {"hex": 7}}]})") != "");
  CHECK(error_of(R"({"then": [{"get": 7}]})") != "");
  CHECK(error_of(R"({"then": [{"get": "k", "put": "k"}]})").find("unknown field \"put\"") != std::string::npos);
}

TEST_CASE("an integer of a transaction is whole and within its bounds, or it is refused") {
  const auto delta = [](const std::string& number) { return R"({"then": [{"add": "k", "delta": )" + number + "}]}"; };
  for (const char* good : {"9223372036854775807", "-9223372036854775808", "0"}) CHECK(error_of(delta(good)).empty());
  for (const char* bad : {"1.5", "-6.5e104", "1e3", "true", "\"1\"", "null", "9223372036854775808",
                          "18446744073709551615", "-9223372036854775809"}) {
    CAPTURE(bad);
    CHECK(error_of(delta(bad)).find("\"delta\" is an integer from -9223372036854775808 to 9223372036854775807") !=
          std::string::npos);
  }
  CHECK(error_of(R"({"then": [{"scan": "", "limit": 4294967297}]})").find("\"limit\" is an integer from 0") !=
        std::string::npos);
  CHECK(error_of(R"({"conditions": [{"key": "k", "at_least": 0.5}]})").find("\"at_least\" is an integer") !=
        std::string::npos);
  CHECK(error_of(R"({"conditions": [{"key": "k", "version": [-1, 0]}]})").find("\"version\" is an integer from 0") !=
        std::string::npos);
  CHECK(error_of(R"({"conditions": [{"key": "k", "version": [1, 4294967296]}]})").find("to 4294967295") !=
        std::string::npos);
}

TEST_CASE("a bench report has the names that scripts read") {
  BenchReport report;
  report.operations = 10;
  report.seconds = 2;
  report.options.zipf = true;
  const std::string json = json_of(report);
  for (const char* part : {R"("ops_per_second":5.0)", R"("errors":0)", R"("latency_ms":{"mean":)", R"("p50":)",
                           R"("p90":)", R"("p99":)", R"("p999":)", R"("max":)", R"("longest_gap_ms":)",
                           R"("distribution":"zipf")", R"("outstanding":64)", R"("rate":0.0)"}) {
    CAPTURE(part);
    CHECK(json.find(part) != std::string::npos);
  }
}

TEST_CASE("the range of a prefix holds the keys that begin with it and no others") {
  CHECK(range_of("ab").from == "ab");
  CHECK(range_of("ab").to == "ac");
  CHECK(range_of("a\xff\xff").to == "b");
  CHECK(range_of("\xff").to == "");
  CHECK(range_of("").to == "");
  const Range both = range_of("ab") & Range{"abc", "z", 5};
  CHECK(both.from == "abc");
  CHECK(both.to == "ac");
  CHECK(both.limit == 5);
  CHECK((range_of("") & Range{"", "z", 5}).to == "z");
  CHECK((Range{"", "z", 5} & range_of("\xff")).to == "z");
}

}  // namespace quorate::command
