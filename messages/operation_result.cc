#include "messages/operation_result.h"

#include "messages/limits.h"

namespace quorate {
namespace {

// The numbers of the encoding; 1 to 6 are those that a transaction's list may hold.
enum class Kind : std::uint8_t {
  found = 1,
  not_found = 2,
  written = 3,
  deleted = 4,
  page = 5,
  sum = 6,
  failed = 7,
  transaction = 8,
  transaction_failed = 9,
};

constexpr std::size_t version_bytes = 8 + 4;
constexpr std::size_t entry_bytes_min = 4 + 1 + version_bytes + 4;

class Encoder {
 public:
  explicit Encoder(ByteWriter& out) : out_(out) {}

  void operator()(const Found& found) {
    kind(Kind::found);
    version(found.version);
    out_.prefixed(found.value);
  }
  void operator()(const NotFound&) { kind(Kind::not_found); }
  void operator()(const Written& written) {
    kind(Kind::written);
    version(written.version);
  }
  void operator()(const Deleted& deleted) {
    kind(Kind::deleted);
    out_.u8(deleted.existed ? 1 : 0);
  }
  void operator()(const Page& page) {
    kind(Kind::page);
    out_.u32(static_cast<std::uint32_t>(page.entries.size()));
    for (const Page::Entry& entry : page.entries) {
      out_.prefixed(entry.key);
      version(entry.version);
      out_.prefixed(entry.value);
    }
    out_.prefixed(page.next);
  }
  void operator()(const Sum& sum) {
    kind(Kind::sum);
    version(sum.version);
    out_.u64(static_cast<std::uint64_t>(sum.value));
  }
  void operator()(const Failed& failed) {
    kind(Kind::failed);
    out_.u8(static_cast<std::uint8_t>(failed.reason));
  }
  void operator()(const TransactionResult& transaction) {
    kind(Kind::transaction);
    out_.u8(static_cast<std::uint8_t>(transaction.branch));
    out_.u32(static_cast<std::uint32_t>(transaction.results.size()));
    for (const SimpleResult& result : transaction.results) std::visit(*this, result);
  }
  void operator()(const TransactionFailed& failed) {
    kind(Kind::transaction_failed);
    out_.u8(static_cast<std::uint8_t>(failed.branch));
    out_.u32(failed.position);
    out_.u8(static_cast<std::uint8_t>(failed.reason));
  }

 private:
  void kind(Kind number) { out_.u8(static_cast<std::uint8_t>(number)); }
  void version(const Version& version) {
    out_.u64(version.n.value);
    out_.u32(version.index);
  }

  ByteWriter& out_;
};

class Decoder {
 public:
  explicit Decoder(ByteReader& in) : in_(in) {}

  OperationResult result() {
    const auto number = static_cast<Kind>(in_.u8());
    switch (number) {
      case Kind::failed:
        return Failed{reason()};
      case Kind::transaction:
        return transaction();
      case Kind::transaction_failed: {
        const Branch which = branch();
        const std::uint32_t position = in_.u32();
        if (position >= limits::transaction_parts_max) in_.fail();
        return TransactionFailed{which, position, reason()};
      }
      default:
        return std::visit([]<typename T>(T&& simple) { return OperationResult(std::forward<T>(simple)); },
                          simple_result(number));
    }
  }

 private:
  SimpleResult simple_result(Kind number) {
    switch (number) {
      case Kind::found: {
        const Version at = version();
        return Found{at, value()};
      }
      case Kind::not_found:
        return NotFound{};
      case Kind::written:
        return Written{version()};
      case Kind::deleted: {
        const std::uint8_t existed = in_.u8();
        if (existed > 1) in_.fail();
        return Deleted{existed == 1};
      }
      case Kind::page:
        return page();
      case Kind::sum: {
        const Version at = version();
        return Sum{at, static_cast<std::int64_t>(in_.u64())};
      }
      default:
        in_.fail();
        return NotFound{};
    }
  }

  Page page() {
    Page out;
    const std::uint32_t count = in_.u32();
    if (count > limits::scan_entries_max || count > in_.remaining() / entry_bytes_min) in_.fail();
    if (in_.failed()) return out;
    out.entries.reserve(count);
    for (std::uint32_t i = 0; i < count && !in_.failed(); ++i) {
      Bytes key = copy(limits::key_bytes_max);
      if (key.empty()) in_.fail();
      const Version at = version();
      out.entries.push_back({std::move(key), at, value()});
    }
    out.next = copy(limits::key_bytes_max);
    return out;
  }

  TransactionResult transaction() {
    TransactionResult out;
    out.branch = branch();
    const std::uint32_t count = in_.u32();
    if (count > limits::transaction_parts_max || count > in_.remaining()) in_.fail();
    if (in_.failed()) return out;
    out.results.reserve(count);
    for (std::uint32_t i = 0; i < count && !in_.failed(); ++i) {
      out.results.push_back(simple_result(static_cast<Kind>(in_.u8())));
    }
    return out;
  }

  Bytes copy(std::size_t size_max) {
    const ByteView view = in_.prefixed(size_max);
    return {view.begin(), view.end()};
  }
  Bytes value() { return copy(limits::value_bytes_max); }
  Version version() {
    const SequenceNumber n(in_.u64());
    return {n, in_.u32()};
  }
  Branch branch() {
    const auto which = static_cast<Branch>(in_.u8());
    if (which != Branch::then && which != Branch::otherwise) in_.fail();
    return which;
  }
  FailureReason reason() {
    const std::uint8_t number = in_.u8();
    if (number < 1 || number > static_cast<std::uint8_t>(FailureReason::result_too_large)) in_.fail();
    return static_cast<FailureReason>(number);
  }

  ByteReader& in_;
};

struct SimpleBytes {
  std::size_t operator()(const Found& found) const { return 1 + version_bytes + 4 + found.value.size(); }
  std::size_t operator()(const NotFound&) const { return 1; }
  std::size_t operator()(const Written&) const { return 1 + version_bytes; }
  std::size_t operator()(const Deleted&) const { return 1 + 1; }
  std::size_t operator()(const Page& page) const {
    std::size_t bytes = 1 + 4 + 4 + page.next.size();
    for (const Page::Entry& entry : page.entries) bytes += encoded_bytes(entry);
    return bytes;
  }
  std::size_t operator()(const Sum&) const { return 1 + version_bytes + 8; }
};

}  // namespace

Bytes encode_result(const OperationResult& result) {
  ByteWriter out;
  std::visit(Encoder(out), result);
  return out.take();
}

std::optional<OperationResult> decode_result(ByteView bytes) {
  if (bytes.size() > limits::result_bytes_max) return std::nullopt;
  ByteReader in(bytes);
  std::optional<OperationResult> result = Decoder(in).result();
  if (!in.finished()) return std::nullopt;
  return result;
}

std::size_t encoded_bytes(const SimpleResult& result) { return std::visit(SimpleBytes(), result); }

std::size_t encoded_bytes(const Page::Entry& entry) {
  return 4 + entry.key.size() + version_bytes + 4 + entry.value.size();
}

}  // namespace quorate
