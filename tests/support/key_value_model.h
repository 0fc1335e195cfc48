// The key-value machine as somebody would write it who cares for nothing but being right: a std::map and copies.
//
// It shares no code with replica/service but the structs of operations and results, and it says what the service must
// answer. Exactly-once is modelled by remembering every timestamp that ever ran.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "messages/messages.h"
#include "messages/operation_result.h"

namespace quorate::testing {

/// What one slot must bring: leaves without digests, and who is told what else.
struct ExpectedSlot {
  struct Run {
    ClientId client;
    Timestamp timestamp;
    std::uint32_t index = 0;
    OperationStatus status = OperationStatus::done;
    OperationResult result;
  };
  std::vector<Run> runs;
  std::vector<std::pair<ClientId, Timestamp>> duplicates;
  std::vector<std::pair<ClientId, Timestamp>> too_old;
  std::vector<std::pair<ClientId, Timestamp>> too_far;
};

class KeyValueModel {
 public:
  explicit KeyValueModel(std::uint64_t client_window) : client_window_(client_window) {}

  /// Begins the next slot.
  void next_slot();
  /// Runs the next operation of the slot; its views may end with the call.
  void run(ClientId client, Timestamp timestamp, const Operation& operation);
  const ExpectedSlot& slot() const { return slot_; }

  Timestamp low(ClientId client) const;
  Timestamp newest(ClientId client) const;
  /// The version of a key; that of nothing ever written when absent.
  Version version_of(const std::string& key) const;

 private:
  struct Entry {
    Version version;
    std::string value;
  };
  using Entries = std::map<std::string, Entry>;
  struct Ending {
    OperationStatus status = OperationStatus::done;
    OperationResult result;
  };
  friend struct ModelRun;

  Ending execute(const Version& version, const Operation& operation);
  bool holds(const Condition& condition) const;

  std::uint64_t client_window_;
  Entries entries_;
  std::map<ClientId, std::set<Timestamp>> ran_;
  SequenceNumber n_;
  std::uint32_t index_ = 0;
  ExpectedSlot slot_;
};

}  // namespace quorate::testing
