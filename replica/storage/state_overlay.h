// The writes of one checkpoint interval, in key order: a new value, or nothing for an erased key; and its blocks.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "messages/block.h"
#include "replica/service/ordered_map.h"
#include "replica/storage/state_store.h"

namespace quorate {

class StateStore::Overlay {
 public:
  using Entries = std::map<Bytes, std::optional<Bytes>, ByteOrder>;
  Entries entries;
  std::vector<Block> blocks;  // ascending
};

}  // namespace quorate
