// Results of operations: the layout of messages/README.md, one encoding for each, and what is no result.
#include "messages/operation_result.h"

#include <doctest/doctest.h>

#include <limits>

#include "messages/limits.h"
#include "tests/support/service_rig.h"

namespace quorate {
namespace {

using testing::bytes_of;

const Version version{SequenceNumber(9), 2};

std::vector<SimpleResult> simple_samples() {
  return {Found{version, bytes_of("value")},
          Found{version, {}},
          NotFound{},
          Written{version},
          Deleted{true},
          Deleted{false},
          Page{},
          Page{{{bytes_of("a"), version, bytes_of("1")}, {bytes_of("b"), version, {}}}, bytes_of("c")},
          Sum{version, -7}};
}

std::vector<OperationResult> samples() {
  std::vector<OperationResult> all;
  for (const SimpleResult& simple : simple_samples())
    std::visit([&all](const auto& result) { all.emplace_back(result); }, simple);
  all.emplace_back(Failed{FailureReason::overflow});
  all.emplace_back(Failed{FailureReason::result_too_large});
  all.emplace_back(TransactionResult{});
  all.emplace_back(TransactionResult{Branch::otherwise, simple_samples()});
  all.emplace_back(TransactionFailed{Branch::otherwise, 1023, FailureReason::not_an_integer});
  return all;
}

Bytes hex(std::string_view text) { return *from_hex(text); }
bool decodes(std::string_view text) { return decode_result(hex(text)).has_value(); }

TEST_CASE("results are laid out as written down") {
  const std::string nine_two =
      "0900000000000000"
      "02000000";
  CHECK(encode_result(Found{version, bytes_of("v")}) == hex("01" + nine_two + "0100000076"));
  CHECK(encode_result(NotFound{}) == hex("02"));
  CHECK(encode_result(Written{version}) == hex("03" + nine_two));
  CHECK(encode_result(Deleted{true}) == hex("0401"));
  CHECK(encode_result(Deleted{false}) == hex("0400"));
  CHECK(encode_result(Page{{{bytes_of("a"), version, bytes_of("v")}}, bytes_of("b")}) == hex("05"
                                                                                             "01000000"
                                                                                             "0100000061" +
                                                                                             nine_two +
                                                                                             "0100000076"
                                                                                             "0100000062"));
  CHECK(encode_result(Sum{version, -1}) == hex("06" + nine_two + "ffffffffffffffff"));
  CHECK(encode_result(Failed{FailureReason::not_an_integer}) == hex("0702"));
  CHECK(encode_result(TransactionResult{Branch::then, {NotFound{}, Deleted{true}}}) == hex("08"
                                                                                           "01"
                                                                                           "02000000"
                                                                                           "02"
                                                                                           "0401"));
  CHECK(encode_result(TransactionFailed{Branch::otherwise, 5, FailureReason::result_too_large}) == hex("09"
                                                                                                       "02"
                                                                                                       "05000000"
                                                                                                       "03"));
}

TEST_CASE("what is decoded is what was encoded") {
  for (const OperationResult& result : samples()) {
    const auto read = decode_result(encode_result(result));
    REQUIRE(read.has_value());
    CHECK(*read == result);
  }
}

TEST_CASE("no bytes of a result may be missing or left over") {
  for (const OperationResult& result : samples()) {
    Bytes bytes = encode_result(result);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(decode_result(ByteView(bytes).first(size)).has_value());
    }
    bytes.push_back(0);
    CHECK_FALSE(decode_result(bytes).has_value());
  }
}

TEST_CASE("sizes inside a transaction and a page are those of the encoding") {
  for (const SimpleResult& simple : simple_samples()) {
    const std::size_t alone =
        std::visit([](const auto& result) { return encode_result(OperationResult(result)).size(); }, simple);
    CHECK(encoded_bytes(simple) == alone);
    CHECK(encode_result(TransactionResult{Branch::then, {simple}}).size() == 6 + alone);
  }
  const Page::Entry entry{bytes_of("key"), version, bytes_of("value")};
  CHECK(encode_result(Page{{entry}, {}}).size() == encode_result(Page{}).size() + encoded_bytes(entry));
}

TEST_CASE("what nobody answers is no result") {
  CHECK(decodes("02"));
  CHECK_FALSE(decodes(""));
  CHECK_FALSE(decodes("00"));
  CHECK_FALSE(decodes("0a"));
  CHECK(decodes("0401"));
  CHECK_FALSE(decodes("0402"));  // neither existed nor not
  CHECK(decodes("0701"));
  CHECK(decodes("0703"));
  CHECK_FALSE(decodes("0700"));
  CHECK_FALSE(decodes("0704"));
  CHECK(decodes("080200000000"));
  CHECK_FALSE(decodes("080000000000"));  // no such branch
  CHECK_FALSE(decodes("080300000000"));
  CHECK(decodes("09010000000001"));
  CHECK_FALSE(decodes("09000000000001"));
  CHECK_FALSE(decodes("09010000000000"));
  CHECK_FALSE(decodes("09010000000004"));
  CHECK(decodes("0901ff03000001"));        // position 1023
  CHECK_FALSE(decodes("09010004000001"));  // position 1024
}

TEST_CASE("a transaction's results hold neither failures nor transactions") {
  CHECK(decodes("08010100000002"));
  CHECK_FALSE(decodes("0801010000000701"));
  CHECK_FALSE(decodes("080101000000080100000000"));
}

TEST_CASE("a page's keys and values obey the limits") {
  const auto accepted = [](std::size_t key, std::size_t value, std::size_t next) {
    return decode_result(encode_result(Page{{{Bytes(key, 'k'), version, Bytes(value, 'v')}}, Bytes(next, 'n')}))
        .has_value();
  };
  CHECK(accepted(1, 0, 0));
  CHECK(accepted(limits::key_bytes_max, limits::value_bytes_max, limits::key_bytes_max));
  CHECK_FALSE(accepted(0, 0, 0));
  CHECK_FALSE(accepted(limits::key_bytes_max + 1, 0, 0));
  CHECK_FALSE(accepted(1, limits::value_bytes_max + 1, 0));
  CHECK_FALSE(accepted(1, 0, limits::key_bytes_max + 1));
}

TEST_CASE("lists of results obey the limits") {
  const auto page = [](std::size_t entries) { return Page{{entries, {bytes_of("k"), version, {}}}, {}}; };
  CHECK(decode_result(encode_result(page(limits::scan_entries_max))).has_value());
  CHECK_FALSE(decode_result(encode_result(page(limits::scan_entries_max + 1))).has_value());
  const auto results = [](std::size_t count) {
    return TransactionResult{Branch::then, std::vector<SimpleResult>(count, NotFound{})};
  };
  CHECK(decode_result(encode_result(results(limits::transaction_parts_max))).has_value());
  CHECK_FALSE(decode_result(encode_result(results(limits::transaction_parts_max + 1))).has_value());
  CHECK_FALSE(decodes("05ffffffff"));
  CHECK_FALSE(decodes("0801ffffffff"));
}

TEST_CASE("limit result_bytes_max: larger bytes are no result") {
  const Found large{version, Bytes(limits::value_bytes_max, 'v')};
  const std::size_t left = limits::result_bytes_max - 6 - encoded_bytes(large) - encoded_bytes(Found{version, {}});
  TransactionResult result{Branch::then, {large, Found{version, Bytes(left, 'r')}}};
  CHECK(encode_result(result).size() == limits::result_bytes_max);
  CHECK(decode_result(encode_result(result)).has_value());
  std::get<Found>(result.results[1]).value.push_back('r');
  CHECK_FALSE(decode_result(encode_result(result)).has_value());
}

}  // namespace
}  // namespace quorate
