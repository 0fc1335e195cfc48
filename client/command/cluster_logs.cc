// cluster logs: the last lines of what replicas logged, and what they add.
#include <sys/stat.h>

#include <deque>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "client/command/local_cluster.h"

namespace quorate::command {
namespace {

constexpr std::chrono::milliseconds follow_poll{100};

/// One replica's log file, read line by line as it grows. A file that was put in its place is read from its start.
class LogFile {
 public:
  explicit LogFile(std::filesystem::path path) : path_(std::move(path)) { open(); }

  /// The next whole line, or, at the end of the file, nothing.
  std::optional<std::string> next() {
    while (true) {
      const auto newline = unread_.find('\n', searched_);
      if (newline != std::string::npos) {
        std::string line = unread_.substr(0, newline);
        unread_.erase(0, newline + 1);
        searched_ = 0;
        return line;
      }
      searched_ = unread_.size();
      if (!read_more() && !replaced()) return std::nullopt;
    }
  }

  std::deque<std::string> last(std::size_t count) {
    std::deque<std::string> lines;
    while (auto line = next()) {
      lines.push_back(std::move(*line));
      if (lines.size() > count) lines.pop_front();
    }
    return lines;
  }

 private:
  void open() {
    struct stat status {};
    file_ = std::ifstream(path_, std::ios::binary);
    inode_ = ::stat(path_.c_str(), &status) == 0 ? status.st_ino : 0;
  }
  bool read_more() {
    constexpr std::size_t piece_bytes = 64 * 1024;
    std::string piece(piece_bytes, '\0');
    file_.clear();
    file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    unread_.append(piece, 0, static_cast<std::size_t>(file_.gcount()));
    return file_.gcount() > 0;
  }
  /// After rotation: goes on with the new file.
  bool replaced() {
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0 || status.st_ino == inode_) return false;
    if (!read_more()) open();  // what was added before it was replaced comes first
    return true;
  }

  std::filesystem::path path_;
  std::ifstream file_;
  ino_t inode_ = 0;
  std::string unread_;
  std::size_t searched_ = 0;
};

/// The last lines of a log that may have been rotated since: of PATH.2.log, PATH.1.log and so on, and PATH.log.
std::deque<std::string> last_of_rotated(const std::filesystem::path& log, LogFile& newest, std::size_t count) {
  std::deque<std::string> lines = newest.last(count);
  for (int i = 1; lines.size() < count; ++i) {
    auto older = log;
    older.replace_extension(std::to_string(i) + log.extension().string());
    std::error_code none;
    if (!std::filesystem::exists(older, none)) break;
    std::deque<std::string> before = LogFile(older).last(count - lines.size());
    lines.insert(lines.begin(), before.begin(), before.end());
  }
  return lines;
}

class Printer {
 public:
  Printer(bool json, bool headings) : json_(json), headings_(headings) {}
  void print(ReplicaId replica, const std::string& line) {
    if (json_) {
      std::cout << json_of_log_line(replica.value, line) << '\n';
      return;
    }
    if (headings_ && last_ != replica) std::cout << (last_ ? "\n" : "") << "==> " << name_of(replica) << " <==\n";
    last_ = replica;
    std::cout << line << '\n';
  }

 private:
  bool json_;
  bool headings_;
  std::optional<ReplicaId> last_;
};

}  // namespace

Status logs(const LogsOptions& options) {
  const auto cluster = look_at_cluster(options);
  if (!cluster) return cluster.error();
  Printer printer(options.json, cluster->chosen.size() > 1);
  std::deque<std::pair<ReplicaId, LogFile>> files;
  std::error_code none;
  for (const ReplicaId replica : cluster->chosen) {
    for (const auto& path : {options.directory.log_file(replica), options.directory.output_file(replica)}) {
      if (!options.follow && !std::filesystem::exists(path, none)) continue;
      files.emplace_back(replica, LogFile(path));
      for (const std::string& line : last_of_rotated(path, files.back().second, options.lines)) {
        printer.print(replica, line);
      }
    }
  }
  if (files.empty()) {
    return fail(Status::not_met, options.replica ? name_of(cluster->chosen[0]) + " has logged nothing here"
                                                 : std::string("no replica has logged anything here"));
  }
  while (options.follow) {
    for (auto& [replica, file] : files) {
      while (const auto line = file.next()) printer.print(replica, *line);
    }
    if (!std::cout.flush()) break;  // the reader of the pipe is gone
    std::this_thread::sleep_for(follow_poll);
  }
  return Status::done;
}

}  // namespace quorate::command
