// I09: what was decided in a view is in every NEW-VIEW that is accepted later, or that one starts above it.
#pragma once

#include <algorithm>
#include <map>

#include "tests/simulation/invariants/text.h"
#include "tests/simulation/observer.h"

namespace quorate::simulation {

class SurvivesViews final : public Observer {
 public:
  void durable(ReplicaId replica, const LogRecord& record) override {
    if (const auto* committed = std::get_if<CommittedRecord>(&record)) {
      const CommitCertificate& certificate = committed->certificate;
      const auto [held, fresh] =
          decided_.try_emplace(certificate.n, PrePrepareHeader{certificate.view, certificate.n, certificate.digest});
      if (!fresh) held->second.view = std::min(held->second.view, certificate.view);
    } else if (const auto* accepted = std::get_if<NewViewRecord>(&record)) {
      look_at(replica, *accepted->new_view);
    }
  }

 private:
  void look_at(ReplicaId replica, const NewView& new_view) const {
    SequenceNumber min_s;
    for (const ViewChangePtr& part : new_view.view_changes) min_s = std::max(min_s, part->low_watermark);
    for (auto decided = decided_.upper_bound(min_s); decided != decided_.end(); ++decided) {
      const PrePrepareHeader& header = decided->second;
      if (header.view >= new_view.view) continue;
      const bool carried = std::any_of(
          new_view.pre_prepares.begin(), new_view.pre_prepares.end(),
          [&](const SignedHeader& part) { return part.header.n == header.n && part.header.digest == header.digest; });
      if (carried) continue;
      throw Broken("I09 what was decided survives views: " + name(replica) + " accepted the NEW-VIEW of " +
                   name(new_view.view) + " without " + name(header.n) + ", decided in " + name(header.view));
    }
  }

  std::map<SequenceNumber, PrePrepareHeader> decided_;  // with the lowest view in which that was proven
};

}  // namespace quorate::simulation
