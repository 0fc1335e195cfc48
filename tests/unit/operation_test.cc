// Operations: the layout of messages/README.md, one encoding for each, and every limit at its edge.
#include "messages/operation.h"

#include <doctest/doctest.h>

#include <limits>

#include "messages/limits.h"
#include "tests/support/service_rig.h"

namespace quorate {
namespace {

using testing::encoded;

const ByteView a_key = as_bytes("key");

bool decodes(ByteView bytes) { return decode_operation(bytes).has_value(); }

/// The encoding written down by hand, without the library's checks.
class Raw {
 public:
  explicit Raw(std::uint8_t kind) { out_.u8(kind); }
  Raw&& text(std::string_view bytes) && { return std::move(*this).bytes(as_bytes(bytes)); }
  Raw&& bytes(ByteView bytes) && {
    out_.prefixed(bytes);
    return std::move(*this);
  }
  Raw&& u8(std::uint8_t value) && {
    out_.u8(value);
    return std::move(*this);
  }
  Raw&& u32(std::uint32_t value) && {
    out_.u32(value);
    return std::move(*this);
  }
  Raw&& u64(std::uint64_t value) && {
    out_.u64(value);
    return std::move(*this);
  }
  Bytes take() && { return out_.take(); }

 private:
  ByteWriter out_;
};

Bytes raw_get(std::size_t key_bytes) { return Raw(1).bytes(Bytes(key_bytes, 'k')).take(); }
Bytes raw_put(std::size_t value_bytes) { return Raw(2).text("key").bytes(Bytes(value_bytes, 'v')).take(); }
Bytes raw_scan(std::size_t from_bytes, std::size_t to_bytes, std::uint32_t limit) {
  return Raw(4).bytes(Bytes(from_bytes, 'f')).bytes(Bytes(to_bytes, 't')).u32(limit).take();
}

Transaction sample_transaction() {
  Transaction transaction;
  transaction.conditions = {Exists{a_key}, IsAbsent{as_bytes("b")}, VersionEquals{a_key, {SequenceNumber(9), 2}},
                            ValueEquals{a_key, as_bytes("v")}, IntegerAtLeast{a_key, -1}};
  transaction.then = {Get{a_key}, Put{a_key, {}}, Delete{a_key}, Scan{{}, {}, 7}, Add{a_key, -5}};
  transaction.otherwise = {Get{as_bytes("b")}};
  return transaction;
}

std::vector<Operation> samples() {
  return {Get{a_key},      Put{a_key, as_bytes("value")},
          Delete{a_key},   Scan{as_bytes("a"), as_bytes("b"), 10},
          Scan{{}, {}, 1}, Add{a_key, std::numeric_limits<std::int64_t>::min()},
          Transaction{},   sample_transaction()};
}

/// Transactions of so many parts in each list.
Transaction of_parts(std::size_t conditions, std::size_t then, std::size_t otherwise) {
  Transaction transaction;
  transaction.conditions.assign(conditions, Exists{a_key});
  transaction.then.assign(then, Get{a_key});
  transaction.otherwise.assign(otherwise, Get{a_key});
  return transaction;
}

Bytes raw_parts(std::uint32_t conditions, std::uint32_t then, std::uint32_t otherwise) {
  const auto list = [](std::uint32_t count) {
    ByteWriter out;
    out.u32(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      out.u8(1);  // get or exists
      out.prefixed(a_key);
    }
    return out.take();
  };
  ByteWriter out;
  out.u8(6);
  out.raw(list(conditions));
  out.raw(list(then));
  out.raw(list(otherwise));
  return out.take();
}

TEST_CASE("operations are laid out as written down") {
  CHECK(encoded(Get{a_key}) == Raw(1).text("key").take());
  CHECK(encoded(Put{a_key, as_bytes("value")}) == Raw(2).text("key").text("value").take());
  CHECK(encoded(Delete{a_key}) == Raw(3).text("key").take());
  CHECK(encoded(Scan{as_bytes("a"), as_bytes("b"), 7}) == Raw(4).text("a").text("b").u32(7).take());
  CHECK(encoded(Add{a_key, -1}) == Raw(5).text("key").u64(std::numeric_limits<std::uint64_t>::max()).take());
}

TEST_CASE("a transaction is laid out as written down") {
  Bytes expected = Raw(6)
                       .u32(5)
                       .u8(1)
                       .text("key")
                       .u8(2)
                       .text("b")
                       .u8(3)
                       .text("key")
                       .u64(9)
                       .u32(2)
                       .u8(4)
                       .text("key")
                       .text("v")
                       .u8(5)
                       .text("key")
                       .u64(std::numeric_limits<std::uint64_t>::max())
                       .u32(5)
                       .u8(1)
                       .text("key")
                       .u8(2)
                       .text("key")
                       .text("")
                       .u8(3)
                       .text("key")
                       .u8(4)
                       .text("")
                       .text("")
                       .u32(7)
                       .u8(5)
                       .text("key")
                       .u64(std::numeric_limits<std::uint64_t>::max() - 4)
                       .u32(1)
                       .u8(1)
                       .text("b")
                       .take();
  CHECK(encoded(sample_transaction()) == expected);
}

TEST_CASE("what is decoded encodes to the same bytes") {
  for (const Operation& operation : samples()) {
    const Bytes bytes = encoded(operation);
    const auto read = decode_operation(bytes);
    REQUIRE(read.has_value());
    CHECK(read->index() == operation.index());
    CHECK(encoded(*read) == bytes);
  }
}

TEST_CASE("every field is read back") {
  const Bytes bytes = encoded(sample_transaction());
  const auto read = decode_operation(bytes);
  REQUIRE(read.has_value());
  const auto& transaction = std::get<Transaction>(*read);
  const auto& version = std::get<VersionEquals>(transaction.conditions.at(2));
  CHECK(version.version == Version{SequenceNumber(9), 2});
  CHECK(as_text(std::get<ValueEquals>(transaction.conditions.at(3)).value) == "v");
  CHECK(std::get<IntegerAtLeast>(transaction.conditions.at(4)).bound == -1);
  CHECK(std::get<Add>(transaction.then.at(4)).delta == -5);
  CHECK(std::get<Scan>(transaction.then.at(3)).limit == 7);
  CHECK(as_text(std::get<Get>(transaction.otherwise.at(0)).key) == "b");
}

TEST_CASE("keys and values may hold any byte") {
  const Bytes key = {0, 255, 'k', 0};
  const Bytes value = {0, 0, 255};
  const Bytes bytes = encoded(Put{key, value});
  const auto read = decode_operation(bytes);
  REQUIRE(read.has_value());
  const auto& put = std::get<Put>(*read);
  CHECK(Bytes(put.key.begin(), put.key.end()) == key);
  CHECK(Bytes(put.value.begin(), put.value.end()) == value);
}

TEST_CASE("no bytes may be missing or left over") {
  for (const Operation& operation : samples()) {
    Bytes bytes = encoded(operation);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(decodes(ByteView(bytes).first(size)));
    }
    bytes.push_back(0);
    CHECK_FALSE(decodes(bytes));
  }
}

TEST_CASE("kinds that nobody defined are no operations") {
  CHECK(decodes(Raw(3).text("key").take()));
  CHECK_FALSE(decodes(Raw(0).text("key").take()));
  CHECK_FALSE(decodes(Raw(7).text("key").take()));
  CHECK_FALSE(decodes(Raw(255).text("key").take()));
  CHECK(decodes(Raw(6).u32(1).u8(2).text("key").u32(0).u32(0).take()));
  CHECK_FALSE(decodes(Raw(6).u32(1).u8(0).text("key").u32(0).u32(0).take()));
  CHECK_FALSE(decodes(Raw(6).u32(1).u8(6).text("key").u32(0).u32(0).take()));
}

TEST_CASE("a transaction is no part of a transaction") {
  CHECK(decodes(Raw(6).u32(0).u32(1).u8(3).text("key").u32(0).take()));
  CHECK_FALSE(decodes(Raw(6).u32(0).u32(1).u8(6).text("key").u32(0).take()));
  CHECK_FALSE(decodes(Raw(6).u32(0).u32(1).u8(6).u32(0).u32(0).u32(0).u32(0).take()));
}

TEST_CASE("limit key_bytes_max: keys have 1 to 400 bytes, everywhere") {
  CHECK(decodes(raw_get(1)));
  CHECK(decodes(raw_get(limits::key_bytes_max)));
  CHECK_FALSE(decodes(raw_get(0)));
  CHECK_FALSE(decodes(raw_get(limits::key_bytes_max + 1)));

  const Bytes longest(limits::key_bytes_max, 'k');
  const Bytes too_long(limits::key_bytes_max + 1, 'k');
  const auto keyed = [](ByteView key) {
    const auto one = [](Condition condition) { return Transaction{{condition}, {}, {}}; };
    return std::vector<Operation>{Get{key},
                                  Put{key, {}},
                                  Delete{key},
                                  Add{key, 1},
                                  one(Exists{key}),
                                  one(IsAbsent{key}),
                                  one(VersionEquals{key, {}}),
                                  one(ValueEquals{key, {}}),
                                  one(IntegerAtLeast{key, 1}),
                                  Transaction{{}, {Get{key}}, {}},
                                  Transaction{{}, {}, {Get{key}}}};
  };
  for (const Operation& operation : keyed(longest)) CHECK(encode_operation(operation).has_value());
  for (const Operation& operation : keyed(too_long)) {
    const auto refused = encode_operation(operation);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "a key has 401 bytes; at most 400 are allowed");
  }
  for (const Operation& operation : keyed({})) {
    const auto refused = encode_operation(operation);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "the empty key is not allowed");
  }
}

TEST_CASE("limit key_bytes_max: a scan's bounds have 0 to 400 bytes") {
  CHECK(decodes(raw_scan(0, 0, 1)));
  CHECK(decodes(raw_scan(limits::key_bytes_max, limits::key_bytes_max, 1)));
  CHECK_FALSE(decodes(raw_scan(limits::key_bytes_max + 1, 0, 1)));
  CHECK_FALSE(decodes(raw_scan(0, limits::key_bytes_max + 1, 1)));
}

TEST_CASE("limit value_bytes_max") {
  CHECK(decodes(raw_put(0)));
  CHECK(decodes(raw_put(limits::value_bytes_max)));
  CHECK_FALSE(decodes(raw_put(limits::value_bytes_max + 1)));

  const Bytes largest(limits::value_bytes_max, 'v');
  const Bytes too_large(limits::value_bytes_max + 1, 'v');
  CHECK(encode_operation(Put{a_key, largest}).has_value());
  CHECK(encode_operation(Transaction{{ValueEquals{a_key, largest}}, {}, {}}).has_value());
  CHECK_FALSE(encode_operation(Transaction{{ValueEquals{a_key, too_large}}, {}, {}}).has_value());
  const auto refused = encode_operation(Put{a_key, too_large});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "a value has 98305 bytes; at most 98304 are allowed");
}

TEST_CASE("limit scan_entries_max") {
  CHECK(decodes(raw_scan(1, 1, 1)));
  CHECK(decodes(raw_scan(1, 1, limits::scan_entries_max)));
  CHECK_FALSE(decodes(raw_scan(1, 1, 0)));
  CHECK_FALSE(decodes(raw_scan(1, 1, limits::scan_entries_max + 1)));
  CHECK(encode_operation(Scan{{}, {}, limits::scan_entries_max}).has_value());
  CHECK_FALSE(encode_operation(Scan{{}, {}, 0}).has_value());
  CHECK_FALSE(encode_operation(Scan{{}, {}, limits::scan_entries_max + 1}).has_value());
  CHECK_FALSE(encode_operation(Transaction{{}, {}, {Scan{{}, {}, 0}}}).has_value());
}

TEST_CASE("limit transaction_parts_max counts all three lists together") {
  CHECK(decodes(raw_parts(0, 0, 0)));
  CHECK(decodes(raw_parts(1024, 0, 0)));
  CHECK(decodes(raw_parts(1000, 23, 1)));
  CHECK_FALSE(decodes(raw_parts(1025, 0, 0)));
  CHECK_FALSE(decodes(raw_parts(0, 1025, 0)));
  CHECK_FALSE(decodes(raw_parts(0, 0, 1025)));
  CHECK_FALSE(decodes(raw_parts(1000, 24, 1)));
  CHECK(encode_operation(of_parts(1000, 23, 1)).has_value());
  CHECK_FALSE(encode_operation(of_parts(1000, 24, 1)).has_value());
}

TEST_CASE("a count beyond the bytes that follow allocates nothing") {
  CHECK_FALSE(decodes(Raw(6).u32(std::numeric_limits<std::uint32_t>::max()).take()));
  CHECK_FALSE(decodes(Raw(6).u32(1000).u8(1).text("key").take()));
  CHECK_FALSE(decodes(Raw(1).u32(std::numeric_limits<std::uint32_t>::max()).take()));
}

TEST_CASE("limit operation_bytes_max") {
  const Bytes value(limits::value_bytes_max, 'v');
  const std::size_t of_large_put = 1 + 4 + 3 + 4 + value.size();
  const std::size_t of_frame = 1 + 3 * 4;
  const std::size_t left = limits::operation_bytes_max - of_frame - of_large_put - (1 + 4 + 3 + 4);
  const Bytes rest(left, 'r');
  Transaction transaction{{}, {Put{a_key, value}, Put{a_key, rest}}, {}};
  const auto largest = encode_operation(transaction);
  REQUIRE(largest.has_value());
  CHECK(largest->size() == limits::operation_bytes_max);
  CHECK(decodes(*largest));

  const Bytes one_more(left + 1, 'r');
  transaction.then[1] = Put{a_key, one_more};
  const auto refused = encode_operation(transaction);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "the operation takes 131073 bytes; at most 131072 are allowed: split it");
  const Bytes too_large =
      Raw(6).u32(0).u32(2).u8(2).bytes(a_key).bytes(value).u8(2).bytes(a_key).bytes(one_more).u32(0).take();
  CHECK(too_large.size() == limits::operation_bytes_max + 1);
  CHECK_FALSE(decodes(too_large));
}

}  // namespace
}  // namespace quorate
