#include "messages/operation.h"

#include <type_traits>

#include "messages/limits.h"

namespace quorate {
namespace {

// The numbers of the encoding. A transaction is no part of a transaction.
enum class Kind : std::uint8_t { get = 1, put = 2, remove = 3, scan = 4, add = 5, transaction = 6 };
enum class ConditionKind : std::uint8_t { exists = 1, absent = 2, version = 3, value = 4, integer = 5 };

/// Writes one value as it is read below.
class Encoder {
 public:
  explicit Encoder(ByteWriter& out) : out_(out) {}

  void operator()(const Get& get) { kind(Kind::get).prefixed(get.key); }
  void operator()(const Put& put) {
    kind(Kind::put).prefixed(put.key);
    out_.prefixed(put.value);
  }
  void operator()(const Delete& remove) { kind(Kind::remove).prefixed(remove.key); }
  void operator()(const Scan& scan) {
    kind(Kind::scan).prefixed(scan.from);
    out_.prefixed(scan.to);
    out_.u32(scan.limit);
  }
  void operator()(const Add& add) {
    kind(Kind::add).prefixed(add.key);
    out_.u64(static_cast<std::uint64_t>(add.delta));
  }
  void operator()(const Transaction& transaction) {
    kind(Kind::transaction);
    list(transaction.conditions);
    list(transaction.then);
    list(transaction.otherwise);
  }

  void operator()(const Exists& condition) { kind(ConditionKind::exists).prefixed(condition.key); }
  void operator()(const IsAbsent& condition) { kind(ConditionKind::absent).prefixed(condition.key); }
  void operator()(const VersionEquals& condition) {
    kind(ConditionKind::version).prefixed(condition.key);
    out_.u64(condition.version.n.value);
    out_.u32(condition.version.index);
  }
  void operator()(const ValueEquals& condition) {
    kind(ConditionKind::value).prefixed(condition.key);
    out_.prefixed(condition.value);
  }
  void operator()(const IntegerAtLeast& condition) {
    kind(ConditionKind::integer).prefixed(condition.key);
    out_.u64(static_cast<std::uint64_t>(condition.bound));
  }

 private:
  template <typename Number>
  ByteWriter& kind(Number number) {
    out_.u8(static_cast<std::uint8_t>(number));
    return out_;
  }
  template <typename T>
  void list(const std::vector<T>& parts) {
    out_.u32(static_cast<std::uint32_t>(parts.size()));
    for (const T& part : parts) std::visit(*this, part);
  }

  ByteWriter& out_;
};

/// The first limit that a value breaks, in words; empty when there is none.
class Rules {
 public:
  using Broken = std::string;

  Broken operator()(const Scan& scan) const {
    if (scan.from.size() > limits::key_bytes_max || scan.to.size() > limits::key_bytes_max)
      return "a scan's bounds may have " + std::to_string(limits::key_bytes_max) + " bytes at most";
    if (scan.limit < 1 || scan.limit > limits::scan_entries_max)
      return "a scan's limit is " + std::to_string(scan.limit) + "; it must be 1 to " +
             std::to_string(limits::scan_entries_max);
    return {};
  }
  Broken operator()(const Transaction& transaction) const {
    const std::size_t parts = transaction.conditions.size() + transaction.then.size() + transaction.otherwise.size();
    if (parts > limits::transaction_parts_max)
      return "a transaction has " + std::to_string(parts) + " conditions and operations; at most " +
             std::to_string(limits::transaction_parts_max) + " are allowed";
    Broken broken = first_broken(transaction.conditions);
    if (broken.empty()) broken = first_broken(transaction.then);
    if (broken.empty()) broken = first_broken(transaction.otherwise);
    return broken;
  }
  /// All the others have a key, and some a value.
  template <typename T>
  Broken operator()(const T& part) const {
    if (part.key.empty()) return "the empty key is not allowed";
    if (part.key.size() > limits::key_bytes_max) return too_long("key", part.key, limits::key_bytes_max);
    if constexpr (std::is_same_v<T, Put> || std::is_same_v<T, ValueEquals>) {
      if (part.value.size() > limits::value_bytes_max) return too_long("value", part.value, limits::value_bytes_max);
    }
    return {};
  }

 private:
  static Broken too_long(const char* what, ByteView bytes, std::size_t bytes_max) {
    return std::string("a ") + what + " has " + std::to_string(bytes.size()) + " bytes; at most " +
           std::to_string(bytes_max) + " are allowed";
  }
  template <typename T>
  Broken first_broken(const std::vector<T>& parts) const {
    for (const T& part : parts) {
      if (Broken broken = std::visit(*this, part); !broken.empty()) return broken;
    }
    return {};
  }
};

/// Reads what the Encoder wrote. An unknown kind fails the reader; limits are judged by Rules afterwards.
class Decoder {
 public:
  explicit Decoder(ByteReader& in) : in_(in) {}

  Operation operation() {
    const auto number = static_cast<Kind>(in_.u8());
    if (number == Kind::transaction) return transaction();
    return std::visit([](auto&& simple) { return Operation(simple); }, simple_operation(number));
  }

 private:
  ByteView bytes() { return in_.prefixed(limits::operation_bytes_max); }
  std::int64_t integer() { return static_cast<std::int64_t>(in_.u64()); }

  SimpleOperation simple_operation(Kind number) {
    const ByteView key = bytes();  // of a scan: from
    switch (number) {
      case Kind::get:
        return Get{key};
      case Kind::put:
        return Put{key, bytes()};
      case Kind::remove:
        return Delete{key};
      case Kind::scan: {
        const ByteView to = bytes();
        return Scan{key, to, in_.u32()};
      }
      case Kind::add:
        return Add{key, integer()};
      case Kind::transaction:
        break;
    }
    in_.fail();
    return Get{};
  }

  Condition condition() {
    const auto number = static_cast<ConditionKind>(in_.u8());
    const ByteView key = bytes();
    switch (number) {
      case ConditionKind::exists:
        return Exists{key};
      case ConditionKind::absent:
        return IsAbsent{key};
      case ConditionKind::version: {
        const SequenceNumber n(in_.u64());
        return VersionEquals{key, Version{n, in_.u32()}};
      }
      case ConditionKind::value:
        return ValueEquals{key, bytes()};
      case ConditionKind::integer:
        return IntegerAtLeast{key, integer()};
    }
    in_.fail();
    return Exists{};
  }

  Transaction transaction() {
    Transaction out;
    list(out.conditions, [this] { return condition(); });
    const auto simple = [this] { return simple_operation(static_cast<Kind>(in_.u8())); };
    list(out.then, simple);
    list(out.otherwise, simple);
    return out;
  }

  template <typename T, typename Read>
  void list(std::vector<T>& out, Read read) {
    const std::uint32_t count = in_.u32();
    if (count > limits::transaction_parts_max) in_.fail();
    if (in_.failed()) return;
    out.reserve(count);
    for (std::uint32_t i = 0; i < count && !in_.failed(); ++i) out.push_back(read());
  }

  ByteReader& in_;
};

}  // namespace

Result<Bytes> encode_operation(const Operation& operation) {
  if (std::string broken = std::visit(Rules(), operation); !broken.empty()) return failure(std::move(broken));
  ByteWriter out;
  std::visit(Encoder(out), operation);
  if (out.size() > limits::operation_bytes_max) {
    return failure("the operation takes " + std::to_string(out.size()) + " bytes; at most " +
                   std::to_string(limits::operation_bytes_max) + " are allowed: split it");
  }
  return out.take();
}

std::optional<Operation> decode_operation(ByteView bytes) {
  if (bytes.size() > limits::operation_bytes_max) return std::nullopt;
  ByteReader in(bytes);
  std::optional<Operation> operation = Decoder(in).operation();
  if (!in.finished() || !std::visit(Rules(), *operation).empty()) return std::nullopt;
  return operation;
}

}  // namespace quorate
