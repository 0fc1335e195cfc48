// The encoding of log records: what goes in comes out, and no changed byte passes.
#include <doctest/doctest.h>

#include "replica/storage/record_codec.h"
#include "replica/storage/seal.h"
#include "tests/support/log_records.h"

using namespace quorate;
using namespace quorate::testing;

namespace {

const SequenceNumber n(300);

/// One image that holds what was decoded, so that all fields are compared.
template <typename Map, typename Record>
std::string described(Map LogImage::*map, const Record& record) {
  LogImage image;
  (image.*map).emplace(n, record);
  return describe(image);
}

template <typename Decode>
void refuses_every_change(const Bytes& value, Decode decode) {
  REQUIRE(decode(ByteView(value)));
  for (std::size_t i = 0; i < value.size(); ++i) {
    Bytes changed = value;
    changed[i] ^= 0x10;
    CHECK_FALSE(decode(ByteView(changed)));
    CHECK_FALSE(decode(ByteView(value).first(i)));
  }
  Bytes longer = value;
  longer.push_back(0);
  CHECK_FALSE(decode(ByteView(longer)));
}

}  // namespace

TEST_CASE("records come back as they were written") {
  const BatchPtr batch = make_batch(7);
  PrePrepare pre_prepare = accepted(3, n.value, batch).pre_prepare;
  pre_prepare.batch = nullptr;
  CHECK(described(&LogImage::accepted, pre_prepare) ==
        described(&LogImage::accepted, decode_accepted(n, encode_accepted(pre_prepare)).value()));
  const PreparedCertificate certificate = prepared(3, n.value, batch->digest()).certificate;
  CHECK(described(&LogImage::prepared, certificate) ==
        described(&LogImage::prepared, decode_prepared(n, encode_prepared(certificate)).value()));
  const CommitCertificate mark = committed(3, n.value, batch).certificate;
  CHECK(describe(CommittedBatch{mark, nullptr}) ==
        describe(CommittedBatch{decode_committed(n, encode_committed(mark)).value(), nullptr}));
  const Checkpoint checkpoint = own_checkpoint(n.value).checkpoint;
  CHECK(described(&LogImage::own_checkpoints, checkpoint) ==
        described(&LogImage::own_checkpoints, decode_own_checkpoint(n, encode_own_checkpoint(checkpoint)).value()));
  LogImage before;
  LogImage after;
  before.stable = stable(n.value).proof;
  after.stable = decode_stable(encode_stable(*before.stable));
  CHECK(describe(before) == describe(after));
  CHECK(decode_collected(encode_collected(n)) == n);
  CHECK(decode_body(batch->digest(), batch->body())->digest() == batch->digest());
}

TEST_CASE("a value with one changed, missing or added byte is refused") {
  const BatchPtr batch = make_batch(7);
  refuses_every_change(encode_accepted(accepted(3, n.value, batch).pre_prepare),
                       [](ByteView value) { return decode_accepted(n, value).has_value(); });
  refuses_every_change(encode_prepared(prepared(3, n.value, batch->digest()).certificate),
                       [](ByteView value) { return decode_prepared(n, value).has_value(); });
  refuses_every_change(encode_committed(committed(3, n.value, batch).certificate),
                       [](ByteView value) { return decode_committed(n, value).has_value(); });
  refuses_every_change(encode_own_checkpoint(own_checkpoint(n.value).checkpoint),
                       [](ByteView value) { return decode_own_checkpoint(n, value).has_value(); });
  refuses_every_change(encode_stable(stable(n.value).proof),
                       [](ByteView value) { return decode_stable(value).has_value(); });
  refuses_every_change(encode_collected(n), [](ByteView value) { return decode_collected(value).has_value(); });
  refuses_every_change(Bytes(batch->body().begin(), batch->body().end()),
                       [&](ByteView value) { return decode_body(batch->digest(), value) != nullptr; });
}

TEST_CASE("a value under another record's key is refused") {
  const PrePrepare pre_prepare = accepted(3, n.value, nullptr).pre_prepare;
  CHECK(decode_accepted(n, encode_accepted(pre_prepare)));
  CHECK_FALSE(decode_accepted(n + 1, encode_accepted(pre_prepare)));
}

TEST_CASE("a sealed value of the wrong layout is refused") {
  ByteWriter writer;
  writer.u64(n.value);
  writer.u8(0);
  CHECK_FALSE(decode_collected(seal(single_key(RecordKind::collected), writer.view())));
  CommitCertificate huge = committed(0, n.value, Digest{}).certificate;
  huge.commits = make_parts(1, 64);
  CHECK(decode_committed(n, encode_committed(huge)));
  huge.commits = make_parts(1, 65);
  CHECK_FALSE(decode_committed(n, encode_committed(huge)));
}

TEST_CASE("keys sort by kind and number, and read back") {
  CHECK(record_key(RecordKind::accepted, SequenceNumber(255)) < record_key(RecordKind::accepted, SequenceNumber(256)));
  CHECK(record_key(RecordKind::accepted, SequenceNumber(~0ULL)) < record_key(RecordKind::body, SequenceNumber(0)));
  const Digest digest = digest_of_batch(make_batch(1));
  const auto key = decode_key(body_key(n, digest));
  REQUIRE(key);
  CHECK(key->kind == RecordKind::body);
  CHECK(key->n == n);
  CHECK(key->digest == digest);
  CHECK(describe(*key) == "batch 300");
  CHECK(decode_key(single_key(RecordKind::stable))->kind == RecordKind::stable);
  CHECK_FALSE(decode_key(Bytes{}));
  CHECK_FALSE(decode_key(Bytes{11}));
  CHECK_FALSE(decode_key(Bytes{1, 0}));
  Bytes longer = record_key(RecordKind::accepted, n);
  longer.push_back(0);
  CHECK_FALSE(decode_key(longer));
}
