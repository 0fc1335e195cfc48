// import: lines "key<TAB>value" as puts, many under way at once, with what is done and lost said plainly.
//
// The import of a file has a journal (import_journal.h), named by the file's content, in the cluster's directory. What
// comes from standard input cannot be read again, so it has none.
#include <array>
#include <fstream>
#include <iostream>

#include "client/command/import_journal.h"
#include "client/command/json.h"
#include "client/command/progress.h"
#include "client/command/session.h"
#include "client/command/text.h"
#include "crypto/digest.h"

namespace quorate::command {
namespace {

class Import {
 public:
  Import(Session& session, std::istream& in, ImportJournal* journal, std::uint64_t bytes)
      : session_(session), in_(in), journal_(journal), progress_("lines", bytes) {}

  /// Puts all lines; `answer` is that of the first one that was not acknowledged.
  void run() {
    session_.run_until([this] {
      refill();
      if (journal_ != nullptr) note(journal_->write());
      progress_.show(done_, bytes_);
      return under_way_ == 0 && !allotting_;
    });
  }

  const std::string& wrong() const { return wrong_; }
  const Answer& answer() const { return answer_; }
  std::uint64_t failed_line() const { return failed_line_; }
  std::uint64_t done() const { return done_; }

 private:
  static constexpr std::size_t under_way_max = 1024;
  static constexpr std::uint64_t chunk_lines = 16'384;

  bool goes_on() const { return wrong_.empty() && answer_.error == ClientError::none && !allotting_; }

  void note(const Result<void>& written) {
    if (!written && wrong_.empty()) wrong_ = written.error().message;
  }

  void refill() {
    while (under_way_ < under_way_max && goes_on() && next_line()) {
    }
  }

  /// False at the end of the file.
  bool next_line() {
    if (!pending_ && !read_line()) return false;
    if (journal_ == nullptr) return put_line(Timestamp()), true;
    if (journal_->is_done(line_)) return pending_ = false, true;
    const auto t = journal_->timestamp_of(line_);
    if (t) return put_line(*t), true;
    allot();
    return true;
  }

  bool read_line() {
    pending_ = static_cast<bool>(std::getline(in_, text_));
    if (pending_) {
      ++line_;
      bytes_ += text_.size() + 1;
    }
    return pending_;
  }

  /// The lines from this one on get timestamps; more than the file may have.
  void allot() {
    allotting_ = true;
    session_.client().async_allot(chunk_lines, [this](const Allotment& allotment) {
      allotting_ = false;
      if (allotment.error != ClientError::none) {
        answer_.error = allotment.error;
        failed_line_ = line_;
        return;
      }
      note(journal_->allot(line_, chunk_lines, allotment.first));
    });
  }

  void put_line(Timestamp t) {
    pending_ = false;
    const auto tab = text_.find('\t');
    const auto key = unescaped(std::string_view(text_).substr(0, tab));
    const auto value = tab == std::string::npos ? std::nullopt : unescaped(std::string_view(text_).substr(tab + 1));
    if (!key || !value) return refuse("a line is KEY<TAB>VALUE, with \\t, \\n, \\r and \\\\ for the bytes they name");
    auto bytes = encode_operation(Put{as_bytes(*key), as_bytes(*value)});
    if (!bytes) return refuse(bytes.error().message);
    ++under_way_;
    put(t, std::move(*bytes), line_);
  }

  void put(Timestamp t, Bytes operation, std::uint64_t line) {
    Bytes again = t.value != 0 ? operation : Bytes();
    async_execute_at(session_.client(), t, std::move(operation),
                     [this, line, again = std::move(again)](const Answer& answer) mutable {
                       // Since the earlier life another program used the key so much that this t left the window. A put
                       // may be repeated under another.
                       const bool repeat =
                           answer.error == ClientError::too_old || answer.error == ClientError::timestamp_taken;
                       if (repeat && !again.empty()) return put(Timestamp(), std::move(again), line);
                       take(answer, line);
                     });
  }

  void take(const Answer& answer, std::uint64_t line) {
    --under_way_;
    if (answer.error == ClientError::none) {
      ++done_;
      if (journal_ != nullptr) journal_->acknowledged(line);
    } else if (answer_.error == ClientError::none) {
      answer_ = answer;
      failed_line_ = line;
    }
  }

  void refuse(const std::string& why) {
    wrong_ = "line " + std::to_string(line_) + ": " + why + "; the " + std::to_string(line_ - 1) +
             " lines before it are imported";
  }

  Session& session_;
  std::istream& in_;
  ImportJournal* journal_;
  Progress progress_;
  std::string text_;      // of line_
  bool pending_ = false;  // text_ is not sent yet
  bool allotting_ = false;
  std::size_t under_way_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t done_ = 0;
  std::string wrong_;
  Answer answer_;
  std::uint64_t failed_line_ = 0;
};

struct Content {
  Digest digest;
  std::uint64_t bytes = 0;
};

Content content_of(std::istream& in) {
  Content content;
  Hasher hasher("import");
  std::array<char, 64 * 1024> piece{};
  while (in.read(piece.data(), piece.size()), in.gcount() > 0) {
    const auto count = static_cast<std::size_t>(in.gcount());
    hasher.update(as_bytes(std::string_view(piece.data(), count)));
    content.bytes += count;
  }
  content.digest = hasher.finish();
  return content;
}

Status finish(const Target& target, Session& session, const Import& import) {
  if (!import.wrong().empty()) return fail(Status::usage, import.wrong());
  if (import.answer().error != ClientError::none) {
    std::cerr << "quorate: line " << import.failed_line() << " was not acknowledged; importing again is safe\n";
    return fail(target, session.client(), import.answer());
  }
  if (target.json) {
    std::cout << json_of_import(import.done()) << '\n';
  } else {
    std::cerr << import.done() << " lines imported\n";
  }
  return Status::done;
}

Status import_stream(const Target& target) {
  auto session = Session::open(target);
  if (!session) return fail(Status::usage, session.error().message);
  Import import(**session, std::cin, nullptr, 0);
  import.run();
  return finish(target, **session, import);
}

}  // namespace

Status import(const Target& target, const std::string& name) {
  if (name == "-") return import_stream(target);
  std::ifstream file(name, std::ios::binary);
  if (!file) return fail(Status::usage, name + ": cannot be read");
  const Content content = content_of(file);
  const auto cluster = read_cluster(target);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  auto journal = ImportJournal::open(target.directory.root / ("import-" + to_hex(content.digest).substr(0, 32)));
  if (!journal) return fail(Status::usage, journal.error().message);
  Target of_client = target;
  if (journal->client()) of_client.client = journal->client()->value;
  auto session = Session::open(of_client);
  if (!session) return fail(Status::usage, session.error().message);
  if (!journal->client()) {
    if (const auto begun = journal->begin((*session)->id()); !begun) return fail(Status::usage, begun.error().message);
  } else {
    std::cerr << "quorate: goes on with an import that was ended: " << journal->done_count() << " lines are done\n";
  }
  file.clear();
  file.seekg(0);
  Import import(**session, file, &*journal, content.bytes);
  import.run();
  const Status status = finish(target, **session, import);
  if (status != Status::done) return status;
  if (const auto removed = journal->remove(); !removed) return fail(Status::usage, removed.error().message);
  return status;
}

}  // namespace quorate::command
