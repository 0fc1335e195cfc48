// Draws operations of every kind over few keys, so that clients get in each other's way.
//
// Accounts hold integers that are added to and transferred, texts hold words that are exchanged under conditions; all
// of them are written, deleted and scanned too. The counter beside them is only added to and read.
#pragma once

#include <map>
#include <string>

#include "messages/operation.h"
#include "messages/operation_result.h"
#include "tests/simulation/random.h"

namespace quorate::cluster_tests {

class Contention {
 public:
  /// All keys begin with `prefix`.
  Contention(const std::string& prefix, std::uint64_t seed);

  /// The bytes of an operation.
  Bytes draw();
  /// What became of one: conditions on versions are drawn from what was seen last.
  void saw(ByteView operation, const OperationResult& result);

 private:
  std::string account();
  std::string text();
  std::string any() { return random_.one_in(2) ? account() : text(); }
  Bytes put();
  Bytes scan();
  Bytes transfer();
  Bytes exchange();
  Bytes update();

  std::string contended_;
  std::string counter_;
  simulation::Random random_;
  std::map<std::string, Version> seen_;
};

}  // namespace quorate::cluster_tests
