// A table that lets its user rest: it pauses at each scan.
#pragma once

#include <functional>

#include "replica/service/table.h"

namespace quorate {

class PausingTable final : public WritableTable {
 public:
  /// Both must outlive this object; `pause` may be empty.
  PausingTable(WritableTable& table, const std::function<void()>& pause) : table_(table), pause_(pause) {}

  void scan(ByteView from, const Visit& visit) const override {
    if (pause_) pause_();
    table_.scan(from, visit);
  }
  std::optional<Bytes> floor(ByteView key) const override { return table_.floor(key); }
  void put(ByteView key, ByteView value) override { table_.put(key, value); }
  void erase(ByteView key) override { table_.erase(key); }

 private:
  WritableTable& table_;
  const std::function<void()>& pause_;
};

}  // namespace quorate
