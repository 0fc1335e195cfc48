#include "client/command/ledger_file.h"

#include <cstring>
#include <fstream>
#include <utility>

#include "messages/codec.h"
#include "messages/frame.h"
#include "messages/limits.h"

namespace quorate::command {
namespace {

constexpr std::string_view magic = "quorate-ledger 1\n";
constexpr std::size_t range_bytes = 16;

std::string_view text_of(ByteView bytes) { return as_text(bytes); }

/// Exactly so many bytes; nothing at the end of the file.
std::optional<Bytes> read_bytes(std::istream& in, std::size_t count) {
  std::string text(count, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(count))) return std::nullopt;
  const ByteView view = as_bytes(text);
  return Bytes(view.begin(), view.end());
}

}  // namespace

RecordedLedger::RecordedLedger(LedgerSource& source, std::ostream& out, SequenceNumber first, SequenceNumber last)
    : source_(source), out_(out) {
  ByteWriter range;
  range.u64(first.value);
  range.u64(last.value);
  out_ << magic << text_of(range.view());
}

void RecordedLedger::write(const LedgerAnswer& answer) {
  const Bytes payload = encode(answer);
  out_ << text_of(frame_header(payload.size())) << text_of(payload);
}

std::optional<LedgerAnswer> RecordedLedger::ask(SequenceNumber first, std::uint32_t count, LedgerWants wants) {
  auto answer = source_.ask(first, count, wants);
  if (answer) write(*answer);
  return answer;
}

std::vector<LedgerAnswer> RecordedLedger::heads(SequenceNumber n, std::size_t enough) {
  auto answers = source_.heads(n, enough);
  for (const LedgerAnswer& answer : answers) write(answer);
  return answers;
}

LedgerFile::LedgerFile(std::unique_ptr<std::istream> in) : in_(std::move(in)) {}

Result<std::unique_ptr<LedgerFile>> LedgerFile::open(const std::string& name) {
  auto stream = std::make_unique<std::ifstream>(name, std::ios::binary);
  if (!*stream) return failure("cannot read '" + name + "': " + std::strerror(errno));
  std::unique_ptr<LedgerFile> file(new LedgerFile(std::move(stream)));
  const auto head = read_bytes(*file->in_, magic.size() + range_bytes);
  ByteReader in(head ? ByteView(*head) : ByteView());
  const bool ours = text_of(in.raw(magic.size())) == magic;
  file->first_ = SequenceNumber(in.u64());
  file->last_ = SequenceNumber(in.u64());
  if (!ours || !in.finished() || file->first_.value == 0 || file->last_ < file->first_) {
    return failure("'" + name + "' is no file that 'quorate ledger --export' of this version wrote");
  }
  return file;
}

std::optional<LedgerAnswer> LedgerFile::next() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  const auto length = read_bytes(*in_, 4);
  if (!length) return std::nullopt;
  const std::uint32_t size = ByteReader(*length).u32();
  if (size > limits::frame_bytes_max) return std::nullopt;
  const auto payload = read_bytes(*in_, size);
  auto message = payload ? decode(*payload) : tl::unexpected(Reject::frame_empty);
  if (!message || !std::holds_alternative<LedgerAnswer>(*message)) return std::nullopt;
  return std::move(std::get<LedgerAnswer>(*message));
}

std::optional<LedgerAnswer> LedgerFile::ask(SequenceNumber, std::uint32_t, LedgerWants) { return next(); }

// What replicas say of one block are the answers without entries.
std::vector<LedgerAnswer> LedgerFile::heads(SequenceNumber, std::size_t) {
  std::vector<LedgerAnswer> answers;
  for (auto answer = next(); answer; answer = next()) {
    if (!answer->entries.empty()) {
      ahead_ = std::move(answer);
      break;
    }
    answers.push_back(std::move(*answer));
  }
  return answers;
}

bool LedgerFile::at_end() { return !ahead_ && in_->peek() == std::istream::traits_type::eof(); }

}  // namespace quorate::command
