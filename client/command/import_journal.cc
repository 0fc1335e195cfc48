#include "client/command/import_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace quorate::command {
namespace {

constexpr const char* header = "quorate-import-1";

}  // namespace

ImportJournal::ImportJournal(ImportJournal&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      client_(other.client_),
      chunks_(std::move(other.chunks_)),
      done_(std::move(other.done_)),
      done_count_(other.done_count_),
      fresh_(std::move(other.fresh_)) {}

ImportJournal::~ImportJournal() {
  if (file_ >= 0) ::close(file_);
}

Result<ImportJournal> ImportJournal::open(const std::filesystem::path& path) {
  ImportJournal journal(path);
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::size_t whole = text.rfind('\n') + 1;  // 0 when there is no line
  std::istringstream lines(text.substr(0, whole));
  for (std::string line; std::getline(lines, line);) {
    if (journal.read_line(line)) continue;
    return failure(path.string() + ": damaged at \"" + line + "\"; remove it to import the file from its beginning");
  }
  journal.file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const auto end = static_cast<off_t>(whole);
  if (journal.file_ < 0 || ::ftruncate(journal.file_, end) != 0 || ::lseek(journal.file_, end, SEEK_SET) != end) {
    return failure(path.string() + ": cannot be written: " + std::strerror(errno));
  }
  return journal;
}

bool ImportJournal::read_line(const std::string& line) {
  std::istringstream words(line);
  std::string name;
  words >> name;
  if (!client_) {
    ClientId client;
    if (name != header || !(words >> client.value)) return false;
    client_ = client;
    return true;
  }
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  if (!(words >> first >> second)) return false;
  if (name == "chunk") {
    Timestamp t;
    return words >> t.value && chunks_.emplace(first, Chunk{second, t}).second;
  }
  if (name != "done" || second < first || !timestamp_of(first) || !timestamp_of(second)) return false;
  for (std::uint64_t done = first; done <= second; ++done) mark(done);
  return true;
}

void ImportJournal::mark(std::uint64_t line) {
  if (done_.size() <= line) done_.resize(line + 1);
  if (!done_[line]) ++done_count_;
  done_[line] = true;
}

Result<void> ImportJournal::begin(ClientId client) {
  client_ = client;
  return append(std::string(header) + ' ' + std::to_string(client.value) + '\n', true);
}

Result<void> ImportJournal::allot(std::uint64_t first, std::uint64_t count, Timestamp t) {
  chunks_.emplace(first, Chunk{count, t});
  return append("chunk " + std::to_string(first) + ' ' + std::to_string(count) + ' ' + std::to_string(t.value) + '\n',
                true);
}

std::optional<Timestamp> ImportJournal::timestamp_of(std::uint64_t line) const {
  auto chunk = chunks_.upper_bound(line);
  if (chunk == chunks_.begin()) return std::nullopt;
  --chunk;
  if (line - chunk->first >= chunk->second.count) return std::nullopt;
  return chunk->second.t + (line - chunk->first);
}

void ImportJournal::acknowledged(std::uint64_t line) {
  mark(line);
  fresh_.push_back(line);
}

Result<void> ImportJournal::write() {
  std::sort(fresh_.begin(), fresh_.end());
  std::string text;
  for (std::size_t i = 0; i < fresh_.size();) {
    std::size_t end = i + 1;
    while (end < fresh_.size() && fresh_[end] == fresh_[end - 1] + 1) ++end;
    text.append("done ").append(std::to_string(fresh_[i])).append(" ").append(std::to_string(fresh_[end - 1])) += '\n';
    i = end;
  }
  fresh_.clear();
  return text.empty() ? Result<void>() : append(text, false);
}

Result<void> ImportJournal::append(const std::string& text, bool forced) {
  const bool written = ::write(file_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (written && (!forced || ::fdatasync(file_) == 0)) return {};
  return failure(path_.string() + ": cannot be written: " + std::strerror(errno) +
                 "; make room and import the same file again, it goes on where it stopped");
}

Result<void> ImportJournal::remove() {
  if (::unlink(path_.c_str()) == 0) return {};
  return failure(path_.string() + ": cannot be removed: " + std::strerror(errno) + "; remove it by hand");
}

}  // namespace quorate::command
