// Histories for the checker's tests: clients with overlapping calls at the product's key-value machine, which executes
// one call after another, and lies in one place if it is told to.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "replica/service/key_value.h"
#include "tests/linearizability/history.h"
#include "tests/simulation/random.h"

namespace quorate::linearizability {

enum class ServerFault : std::uint8_t {
  none,
  stale_read,   // one get is answered from a state in which a later write, answered long ago, is missing
  lost_update,  // one addition is answered and not applied
  double_add,   // one addition is applied twice
};

struct Workload {
  std::uint64_t seed = 1;
  std::size_t calls = 100;
  std::uint32_t clients = 4;
  std::uint32_t keys = 16;
  std::uint64_t unanswered_permille = 10;
  ServerFault fault = ServerFault::none;
  std::size_t fault_after = 0;  // calls executed before it
};

class ServerUnderTest {
 public:
  explicit ServerUnderTest(const Workload& workload)
      : workload_(workload), random_(workload.seed, 1), open_(workload.clients) {}

  History run() {
    while (made_ < workload_.calls || std::ranges::any_of(open_, [](const auto& one) { return one.has_value(); })) {
      ++now_us_;
      auto& one = open_[random_.below(open_.size())];
      if (!one) {
        if (made_ < workload_.calls) one = call();
      } else if (!one->answer && random_.one_in(2)) {
        one->lost = random_.permille(workload_.unanswered_permille);
        if (one->lost && random_.one_in(2)) {
          one.reset();  // never executed
        } else {
          one->answer = execute(*one);
        }
      } else if (one->answer && random_.one_in(2)) {
        if (!one->lost) {
          history_.answer(one->name, {now_us_, one->answer->status, one->answer->result});
          history_.hint(one->name, one->version);
        }
        one.reset();
      }
    }
    return std::move(history_);
  }
  bool lied() const { return lied_; }

 private:
  struct Open {
    Digest name;
    Bytes operation;
    bool adds = false;
    bool gets = false;
    std::string key;
    bool lost = false;
    Version version;
    std::optional<OperationOutcome> answer;
  };

  Open call() {
    Open open;
    open.operation = draw(open);
    open.name = Hasher("call").u64(made_).finish();
    history_.call(
        open.name,
        {static_cast<std::uint32_t>(random_.below(workload_.clients)), made_, open.operation, now_us_, {}, {}});
    ++made_;
    return open;
  }

  Bytes draw(Open& open) {
    // One key is only added to and read, so that nothing hides what happened to it.
    const std::uint64_t kind = random_.below(8);
    const bool counts = kind >= 3 && kind <= 6 && random_.one_in(4);
    open.key = counts ? counter : key();
    const std::string other = key();
    const std::string value = std::to_string(random_.below(1'000'000));
    switch (kind) {
      case 0:
        return encode_operation(Delete{as_bytes(open.key)}).value();
      case 1:
        return encode_operation(Scan{as_bytes(open.key), as_bytes(other), 3}).value();
      case 2: {
        Transaction transfer;
        transfer.conditions.push_back(IntegerAtLeast{as_bytes(open.key), 5});
        transfer.then = {Add{as_bytes(open.key), -5}, Add{as_bytes(other), 5}};
        transfer.otherwise = {Put{as_bytes(open.key), as_bytes(value)}, Get{as_bytes(other)}};
        return encode_operation(transfer).value();
      }
      case 3:
      case 4:
        open.gets = true;
        return encode_operation(Get{as_bytes(open.key)}).value();
      case 5:
      case 6:
        open.adds = true;
        return encode_operation(Add{as_bytes(open.key), static_cast<std::int64_t>(1 + random_.below(9))}).value();
      default:
        return encode_operation(Put{as_bytes(open.key), as_bytes(value)}).value();
    }
  }
  static constexpr const char* counter = "counter";
  std::string key() { return "key" + std::to_string(100 + random_.below(workload_.keys)); }

  OperationOutcome execute(Open& open) {
    open.version = {SequenceNumber(++executed_), 0};
    const bool moment = !lied_ && executed_ > workload_.fault_after && open.key == counter && !open.lost;
    if (executed_ + 60 == workload_.fault_after) past_ = map_;
    if (moment && workload_.fault == ServerFault::stale_read && open.gets) {
      MemoryMap past = past_;
      OperationOutcome stale = execute_operation(past, open.version, open.operation);
      OperationOutcome fresh = execute_operation(map_, open.version, open.operation);
      lied_ = stale.result != fresh.result;
      return lied_ ? stale : fresh;
    }
    if (moment && workload_.fault == ServerFault::lost_update && open.adds) {
      MemoryMap aside = map_;
      lied_ = true;
      return execute_operation(aside, open.version, open.operation);
    }
    OperationOutcome outcome = execute_operation(map_, open.version, open.operation);
    if (moment && workload_.fault == ServerFault::double_add && open.adds) {
      lied_ = outcome.status == OperationStatus::done;
      if (lied_) execute_operation(map_, open.version, open.operation);
    }
    return outcome;
  }

  const Workload workload_;
  simulation::Random random_;
  std::uint64_t now_us_ = 0;
  std::size_t made_ = 0;
  std::size_t executed_ = 0;
  bool lied_ = false;
  MemoryMap map_;
  MemoryMap past_;
  History history_;
  std::vector<std::optional<Open>> open_;
};

}  // namespace quorate::linearizability
