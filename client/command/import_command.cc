// import: lines "key<TAB>value" as puts, many under way at once, with what is done and lost said plainly.
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "client/command/session.h"
#include "client/command/text.h"

namespace quorate::command {
namespace {

class Import {
 public:
  Import(Session& session, std::istream& in) : session_(session), in_(in) {}

  Status run() {
    refill();
    session_.context().restart();
    while (under_way_ > 0) {
      session_.context().run_one();
      refill();
      show_progress(false);
    }
    show_progress(true);
    if (!wrong_.empty()) return fail(Status::usage, wrong_);
    if (error_ != ClientError::none) {
      std::cerr << "quorate: line " << failed_line_ << " was not acknowledged; importing again is safe\n";
      return command::fail(error_);
    }
    std::cerr << done_ << " lines imported\n";
    return Status::done;
  }

 private:
  static constexpr std::size_t under_way_max = 1024;

  void refill() {
    while (under_way_ < under_way_max && wrong_.empty() && error_ == ClientError::none && put_next_line()) {
    }
  }

  bool put_next_line() {
    std::string line;
    if (!std::getline(in_, line)) return false;
    ++line_;
    const auto tab = line.find('\t');
    const auto key = unescaped(line.substr(0, tab));
    const auto value = tab == std::string::npos ? std::nullopt : unescaped(line.substr(tab + 1));
    if (!key || !value) return refuse("a line is KEY<TAB>VALUE, with \\t, \\n, \\r and \\\\ for the bytes they name");
    auto bytes = encode_operation(Put{as_bytes(*key), as_bytes(*value)});
    if (!bytes) return refuse(bytes.error().message);
    ++under_way_;
    async_execute(session_.client(), std::move(*bytes), [this, line = line_](const Answer& answer) {
      --under_way_;
      if (answer.error == ClientError::none) {
        ++done_;
      } else if (error_ == ClientError::none) {
        error_ = answer.error;
        failed_line_ = line;
      }
    });
    return true;
  }

  bool refuse(const std::string& why) {
    wrong_ = "line " + std::to_string(line_) + ": " + why + "; the " + std::to_string(line_ - 1) +
             " lines before it are imported";
    return false;
  }

  void show_progress(bool end) {
    if (::isatty(STDERR_FILENO) == 0 || (!end && done_ < shown_ + 1000)) return;
    shown_ = done_;
    std::cerr << '\r' << done_ << " lines" << (end ? "\n" : "");
  }

  Session& session_;
  std::istream& in_;
  std::size_t under_way_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t shown_ = 0;
  std::string wrong_;
  ClientError error_ = ClientError::none;
  std::uint64_t failed_line_ = 0;
};

}  // namespace

Status import(const Target& target, const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  if (!in) return fail(Status::usage, file + ": cannot be read");
  auto session = Session::open(target);
  if (!session) return fail(Status::usage, session.error().message);
  return Import(**session, in).run();
}

}  // namespace quorate::command
