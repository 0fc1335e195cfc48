#include "replica/log_thread.h"

#include <algorithm>
#include <asio/post.hpp>
#include <memory>
#include <utility>

#include "replica/failed_write.h"

namespace quorate {
namespace {

constexpr auto unneeded_delay = std::chrono::milliseconds(20);

}  // namespace

LogThread::LogThread(asio::io_context& main, LogStore& store, OnDurable on_durable)
    : main_(main), store_(store), on_durable_(std::move(on_durable)), delay_(main) {}

LogThread::~LogThread() { thread_.join(); }

void LogThread::add(std::vector<NumberedRecord> records) {
  if (waiting_.empty()) {
    waiting_ = std::move(records);
  } else {
    waiting_.insert(waiting_.end(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  }
  if (!waiting_.empty()) begin_later();
}

void LogThread::need(RecordNumber record) {
  needed_ = std::max(needed_, record);
  if (!under_way_ && !waiting_.empty() && needed_ >= waiting_.front().number) begin();
}

void LogThread::begin_later() {
  if (delayed_ || under_way_) return;
  delayed_ = true;
  delay_.expires_after(unneeded_delay);
  delay_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled) return;
    delayed_ = false;
    if (!under_way_ && !waiting_.empty()) begin();
  });
}

void LogThread::begin() {
  under_way_ = true;
  auto records = std::make_shared<const std::vector<NumberedRecord>>(std::exchange(waiting_, {}));
  asio::post(thread_, [this, records] {
    if (auto written = store_.append(*records); !written) end_after_failed_write("log", written.error());
    asio::post(main_, [this, last = records->back().number] {
      if (finished_) return;
      under_way_ = false;
      if (!waiting_.empty()) {
        begin_later();
        need(needed_);
      }
      on_durable_(last);
    });
  });
}

void LogThread::finish() {
  finished_ = true;
  delay_.cancel();
  thread_.join();
  if (waiting_.empty()) return;
  if (auto written = store_.append(waiting_); !written) end_after_failed_write("log", written.error());
  waiting_.clear();
}

}  // namespace quorate
