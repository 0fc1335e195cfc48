// A state at one checkpoint, seen as it was however far the replica has moved on: what peers are served from.
#pragma once

#include <memory>

#include "messages/types.h"
#include "replica/service/table.h"

namespace quorate {

class StateView {
 public:
  virtual ~StateView() = default;
  virtual SequenceNumber n() const = 0;
  virtual const Table& entries() const = 0;
  virtual const Table& nodes() const = 0;  // of state_tree.h
};
using StateViewPtr = std::shared_ptr<const StateView>;

}  // namespace quorate
