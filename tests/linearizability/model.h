// The key-value machine as the checker knows it: one call applied to a state, compared with its answer, and taken back.
//
// Written for the checker and from the semantics alone; it shares nothing with replica/service. A version is a token:
// a read must show the token that the last write was answered with; a write without an answer left one that nobody
// knows.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/operation_result.h"
#include "tests/linearizability/history.h"

namespace quorate::linearizability {

/// A key's place in the order of all keys of a history.
using KeyId = std::uint32_t;
using KeyIds = std::vector<KeyId>;  // ascending

/// All keys that a history names, in key order. No other key ever exists.
class Keys {
 public:
  explicit Keys(const std::vector<Call>& calls);
  std::size_t size() const { return names_.size(); }
  const std::string& name(KeyId id) const { return names_[id]; }
  KeyId id(ByteView key) const;
  /// The first key at or above this one; size() if there is none.
  KeyId at_or_above(ByteView key) const;

 private:
  std::vector<std::string> names_;
};

/// A call, read once. Views into the Call, which must outlive it.
struct Step {
  const Call* call = nullptr;
  std::optional<Operation> operation;     // nothing: malformed
  std::optional<OperationResult> result;  // nothing: unanswered, or malformed
  KeyIds reads;                           // whatever its answer and effect depend on
  KeyIds writes;
  bool answered() const { return call->answer.has_value(); }
};
Step read_step(const Call& call, const Keys& keys);

class Model {
 public:
  explicit Model(const Keys& keys) : keys_(&keys), entries_(keys.size()) {}

  /// Applies the step if its answer agrees; otherwise false, and nothing changed. An unanswered step always agrees.
  /// Where it depends on a token that nobody knows, `branch` says which way it went.
  bool apply(const Step& step, std::optional<Branch> branch);
  /// An unanswered transaction may go either way in this state.
  bool either_way(const Step& step) const;

  /// A place in the past, to go back to.
  std::size_t mark() const { return undo_.size(); }
  void back_to(std::size_t mark);

  /// Equal states have equal digests, and others hardly ever.
  using Fingerprint = std::array<std::uint64_t, 2>;
  const Fingerprint& fingerprint() const { return fingerprint_; }
  std::string describe(KeyId id) const;

 private:
  struct Entry {
    std::string value;
    std::optional<Version> version;  // nothing: a token that nobody knows
  };
  using Slot = std::optional<Entry>;
  enum class Truth : std::uint8_t { no, yes, unknown };

  Truth holds(const Condition& condition) const;
  Truth all_hold(const Transaction& transaction) const;
  /// Runs one operation; `expected` is null when there is no answer. False: the answer is another. A failure is left in
  /// failure_.
  bool run(const SimpleOperation& operation, const SimpleResult* expected);
  bool run(const Get& get, const SimpleResult* expected);
  bool run(const Put& put, const SimpleResult* expected);
  bool run(const Delete& remove, const SimpleResult* expected);
  bool run(const Scan& scan, const SimpleResult* expected);
  bool run(const Add& add, const SimpleResult* expected);
  bool run_single(const SimpleOperation& operation, const Step& step);
  bool run_transaction(const Transaction& transaction, const Step& step, std::optional<Branch> branch);
  bool run_branch(const std::vector<SimpleOperation>& operations, const TransactionResult* expected);
  bool fails_as(const std::vector<SimpleOperation>& operations, const TransactionFailed& expected);
  bool shows(const Slot& slot, const Version& version, const Bytes& value) const;
  void write(KeyId id, Slot slot);
  void toggle(KeyId id);

  const Keys* keys_;
  std::vector<Slot> entries_;
  std::vector<std::pair<KeyId, Slot>> undo_;
  std::optional<FailureReason> failure_;
  Fingerprint fingerprint_{};
};

}  // namespace quorate::linearizability
