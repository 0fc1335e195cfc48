// Bodies that certificates of a view change name and that did not arrive here: fetched by digest from anybody
// (replica/README.md, "View change").
//
// A body proves itself by its digest, so it does not matter who sends it. One peer is asked at a time, the next one
// when it does not answer.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "replica/core/context.h"
#include "replica/core/outbox.h"

namespace quorate {

class Bodies {
 public:
  Bodies(Context& context, Outbox& outbox) : context_(context), outbox_(outbox) {}

  /// Asks for it until it comes.
  void need(SequenceNumber n, const Digest& digest);
  /// A fetched body; null when it is not here.
  BatchPtr find(SequenceNumber n, const Digest& digest) const;
  /// True when it was needed.
  bool step(const BatchBody& body);
  bool wants(SequenceNumber n, const Digest& digest) const;
  void tick();
  std::optional<SteadyTime> next() const;
  /// Another view is on its way: what was needed for the last one is forgotten.
  void clear() { bodies_.clear(); }
  /// A peer asks for this body, null when we have none.
  void serve(const FetchBody& fetch, const BatchPtr& batch);

 private:
  struct Needed {
    BatchPtr batch;  // null until it comes
    std::uint32_t asked = 0;
    SteadyTime ask_at;
  };
  struct Served {
    SteadyTime since;
    std::size_t bytes = 0;
  };
  using Name = std::pair<SequenceNumber, Digest>;

  void ask(const Name& name, Needed& needed);

  Context& context_;
  Outbox& outbox_;
  std::map<Name, Needed> bodies_;
  std::map<ReplicaId, Served> served_;
};

}  // namespace quorate
