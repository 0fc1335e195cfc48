// The writes of one checkpoint interval: a new value, or nothing for an erased key; and its blocks.
//
// Most of what is written is never read in key order before its commit, which sorts once. So the entries are hashed,
// under a secret, since clients choose the keys; an index in key order grows when somebody asks for it. Once frozen,
// `find` and `in_key_order` may be called by any thread; all else is the owner's.
#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "messages/block.h"
#include "replica/service/ordered_map.h"
#include "replica/storage/state_store.h"

namespace quorate {

class StateStore::Overlay {
 public:
  using Value = std::optional<Bytes>;
  using Entry = std::pair<const Bytes, Value>;
  struct Before {
    using is_transparent = void;
    bool operator()(const Entry* a, const Entry* b) const { return ByteOrder()(a->first, b->first); }
    bool operator()(const Entry* a, ByteView b) const { return ByteOrder()(a->first, b); }
    bool operator()(ByteView a, const Entry* b) const { return ByteOrder()(a, b->first); }
  };
  using Index = std::set<const Entry*, Before>;

  /// With room for as many entries as the overlay before had: a table that grows stalls its writer.
  explicit Overlay(std::size_t expected) { entries_.reserve(expected); }

  void write(ByteView key, Value value);
  /// Null: the key was not written.
  const Value* find(ByteView key) const;
  std::size_t size() const { return entries_.size(); }
  /// Gives the memory back, which takes a while: when nobody reads it any more.
  void clear(const Pause& pause);
  /// Pauses between the pieces of the work.
  std::vector<const Entry*> in_key_order(const Pause& pause) const;
  /// Valid until the next write.
  const Index& index() const;

  std::vector<Block> blocks;  // ascending

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(ByteView key) const;
  };
  struct Same {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const;
  };

  std::unordered_map<Bytes, Value, Hash, Same> entries_;
  mutable Index index_;
  mutable std::vector<const Entry*> not_indexed_;
};

}  // namespace quorate
