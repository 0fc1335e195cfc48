// I08, and that certificates are what they claim: no two prepared digests in one view, and each certificate that
// reaches a disk verifies.
#pragma once

#include <map>
#include <utility>

#include "messages/verify.h"
#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class Certificates final : public Observer {
 public:
  explicit Certificates(const WholeCluster& all) : verifier_(*all.genesis, *all.scheme) {}

  void durable(ReplicaId replica, const LogRecord& record) override {
    if (const auto* prepared = std::get_if<PreparedRecord>(&record)) {
      const PrePrepareHeader& header = prepared->certificate.header;
      demand(verifier_.verify(prepared->certificate).has_value(), replica, header.n, "prepared");
      const auto [first, fresh] = prepared_.try_emplace({header.view, header.n}, header.digest);
      if (!fresh && first->second != header.digest) {
        throw Broken("I08 one prepared digest in a view: " + name(replica) + " prepared another at " + name(header.n));
      }
    } else if (const auto* stable = std::get_if<StableRecord>(&record)) {
      demand(verifier_.verify(Message(stable->proof)).has_value(), replica, stable->proof.n, "stable checkpoint");
    } else if (const auto* committed = std::get_if<CommittedRecord>(&record);
               committed != nullptr && committed->batch) {
      const CommittedBatch whole{committed->certificate, committed->batch};
      demand(verifier_.verify(Message(whole)).has_value(), replica, whole.certificate.n, "commit");
    }
  }

 private:
  static void demand(bool good, ReplicaId replica, SequenceNumber n, const char* what) {
    if (!good)
      throw Broken("certificates verify: the " + std::string(what) + " certificate of " + name(replica) + " at " +
                   name(n) + " does not");
  }
  Verifier verifier_;
  std::map<std::pair<View, SequenceNumber>, Digest> prepared_;
};

}  // namespace quorate::simulation
