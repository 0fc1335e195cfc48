// The log's own thread: all records that wait go to disk in one forced transaction, while the next turn goes on.
//
// One transaction is under way at a time; what is added meanwhile makes up the next. Records that nothing waits for
// ride along with others, or go after a short delay. A failed write ends the process at once: it is never retried.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <functional>
#include <vector>

#include "replica/storage/log_store.h"

namespace quorate {

class LogThread {
 public:
  /// `on_durable` is called on the main thread: all records up to this one are durable.
  using OnDurable = std::function<void(RecordNumber)>;

  /// The store must outlive this object.
  LogThread(asio::io_context& main, LogStore& store, OnDurable on_durable);
  ~LogThread();

  /// Takes the next records, in order.
  void add(std::vector<NumberedRecord> records);
  /// Something waits for this record: force as soon as the disk is free.
  void need(RecordNumber record);
  /// Waits for the transaction under way and writes what is left. on_durable is not called any more.
  void finish();

 private:
  void begin();
  void begin_later();

  asio::io_context& main_;
  LogStore& store_;
  OnDurable on_durable_;
  asio::steady_timer delay_;
  asio::thread_pool thread_{1};
  std::vector<NumberedRecord> waiting_;
  RecordNumber needed_;
  bool under_way_ = false;
  bool delayed_ = false;
  bool finished_ = false;
};

}  // namespace quorate
