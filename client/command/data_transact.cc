// txn: a transaction from a file, or one from each line of it with several under way at once.
#include <asio/steady_timer.hpp>
#include <deque>
#include <iostream>

#include "client/command/asker.h"
#include "client/command/json.h"
#include "client/command/line_reader.h"

namespace quorate::command {
namespace {

Status status_of_branch(const Answer& answer) {
  return answer.status == OperationStatus::done ? Status::done : Status::not_met;
}

/// Answers stand in the order of their lines, whatever the order in which they come.
class JsonLines {
 public:
  JsonLines(const Target& target, const TransactOptions& options, LineReader reader)
      : target_(target), options_(options), reader_(std::move(reader)), asker_(target) {}

  Status run() {
    if (const auto opened = asker_.open(); !opened) return fail(Status::usage, opened.error().message);
    while (read_lines(true) || !answers_.empty()) {
      if (answers_.empty()) continue;
      asker_.run_until([&] {
        print_answers();
        if (read_lines(false)) look_again_soon();
        return answers_.empty();
      });
    }
    if (!wrong_.empty()) note(fail(Status::usage, wrong_));
    return status_;
  }

 private:
  struct Slot {
    std::uint64_t line = 0;
    std::optional<std::string> text;  // once it is answered
  };

  /// Begins what can begin. False when no line will follow. Waits for a line only if nothing is under way.
  bool read_lines(bool wait) {
    while (reading_ && answers_.size() < options_.outstanding) {
      std::string line;
      const auto next = reader_.next(line, wait && answers_.empty());
      if (next == LineReader::Next::later) return true;
      if (next == LineReader::Next::end) {
        reading_ = false;
        wrong_ = reader_.failure();
      } else {
        ++line_;
        begin(line);
      }
    }
    return reading_;
  }

  void begin(const std::string& line) {
    const auto parsed = parse_transaction(line);
    if (!parsed) return refuse(parsed.error().message);
    auto slot = std::make_shared<Slot>();
    slot->line = line_;
    const auto begun = asker_.begin(parsed->transaction, [this, slot](const Answer& answer) { take(*slot, answer); });
    if (!begun) return refuse(begun.error().message);
    answers_.push_back(std::move(slot));
  }

  void refuse(const std::string& why) {
    reading_ = false;
    wrong_ = options_.file + ": line " + std::to_string(line_) + ": " + why + "; it and what follows was not sent, " +
             std::to_string(line_ - 1) + " lines before it were";
  }

  void take(Slot& slot, const Answer& answer) {
    if (answer.error == ClientError::none) {
      slot.text = json_of(answer.result, answer.status, target_.encoding);
      return note(status_of_branch(answer));
    }
    slot.text = json_of_error(describe(answer.error), answer.handle ? text_of(*answer.handle) : "");
    reading_ = false;
    note(
        fail(status_of(answer), options_.file + ": line " + std::to_string(slot.line) + ": " + describe(answer.error)));
  }

  /// The worst status is that of the command.
  void note(Status status) { status_ = std::max(status_, status); }

  void print_answers() {
    bool any = false;
    for (; !answers_.empty() && answers_.front()->text; answers_.pop_front(), any = true) {
      std::cout << *answers_.front()->text << '\n';
    }
    if (any) std::cout.flush();
    if (!std::cout) reading_ = false;
  }

  /// Wakes us up for lines that come while answers are awaited: not every descriptor can be waited for by the context.
  void look_again_soon() {
    if (looking_again_ || answers_.size() >= options_.outstanding) return;
    looking_again_ = true;
    if (!timer_) timer_.emplace(asker_.executor());
    timer_->expires_after(std::chrono::milliseconds(5));
    timer_->async_wait([this](const asio::error_code&) { looking_again_ = false; });
  }

  const Target& target_;
  const TransactOptions& options_;
  LineReader reader_;
  Asker asker_;
  std::optional<asio::steady_timer> timer_;
  bool looking_again_ = false;
  std::deque<std::shared_ptr<Slot>> answers_;  // of what was sent and is not printed
  std::uint64_t line_ = 0;
  bool reading_ = true;
  std::string wrong_;
  Status status_ = Status::done;
};

Status transact_one(const Target& target, const std::string& file) {
  const auto text = read_whole(file);
  if (!text) return fail(Status::usage, text.error().message);
  const auto parsed = parse_transaction(*text);
  if (!parsed) return fail(Status::usage, file + ": " + parsed.error().message);
  const auto answer = Asker(target).ask(parsed->transaction);
  if (!answer) return answer.error();
  std::cout << json_of(answer->result, answer->status, target.encoding) << '\n';
  if (answer->status == OperationStatus::failed) return fail(Status::not_met, "nothing was changed");
  return status_of_branch(*answer);
}

}  // namespace

Status transact(const Target& target, const TransactOptions& options) {
  if (!options.lines) return transact_one(target, options.file);
  auto reader = LineReader::open(options.file);
  if (!reader) return fail(Status::usage, reader.error().message);
  return JsonLines(target, options, std::move(*reader)).run();
}

}  // namespace quorate::command
