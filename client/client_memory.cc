#include "client/client_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace quorate {
namespace {

constexpr std::string_view header = "quorate-client-memory-1";
constexpr std::array<const char*, 3> ending_names = {"executed", "never", "lost"};  // by Ending

tl::unexpected<Error> failed(const char* what, const std::filesystem::path& path) {
  return failure(path.string() + ": cannot " + what + ": " + std::strerror(errno) +
                 "; without it operations could run twice, so none is sent. Check the disk and the permissions");
}

bool write_forced(const std::filesystem::path& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool good = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  return ::close(file) == 0 && good;
}

bool force_directory_of(const std::filesystem::path& path) {
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  const bool good = ::fsync(directory) == 0;
  return ::close(directory) == 0 && good;
}

}  // namespace

Result<ClientMemory> ClientMemory::open(const std::filesystem::path& path) {
  ClientMemory memory(path);
  std::ifstream file(path);
  if (!file) {
    if (std::filesystem::exists(path)) return failed("read the client's memory", path);
    return memory;
  }
  std::string line;
  bool good = std::getline(file, line) && line == header;
  while (good && std::getline(file, line)) good = memory.read_line(line);
  if (!good || !memory.next_) {
    return failure(path.string() + ": not the memory of a client, or damaged at \"" + line +
                   "\"; remove it if no operation of this client is of interest any more");
  }
  return memory;
}

bool ClientMemory::read_line(const std::string& line) {
  std::istringstream words(line);
  std::string name;
  Timestamp t;
  if (!(words >> name >> t.value)) return false;
  if (name == "next") return next_ = t, true;
  std::string hex;
  words >> hex;
  const auto bytes = from_hex(hex);
  if (!bytes || bytes->size() != Digest::size) return false;
  Digest digest;
  std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
  if (name == "unresolved") return unresolved_.emplace(t, digest).second;
  const auto* const known = std::find(ending_names.begin(), ending_names.end(), name);
  if (known == ending_names.end()) return false;
  return ended_.emplace(t, Ended{digest, static_cast<Ending>(known - ending_names.begin())}).second;
}

Result<void> ClientMemory::reserve(Timestamp end) {
  if (next_ && *next_ >= end) return {};
  next_ = end;
  return save();
}

Result<void> ClientMemory::note_unresolved(const std::vector<SignedAs>& operations) {
  for (const SignedAs& operation : operations) unresolved_[operation.timestamp] = operation.digest;
  return operations.empty() ? Result<void>() : save();
}

Result<void> ClientMemory::resolve(const SignedAs& operation, Ending ending) {
  unresolved_.erase(operation.timestamp);
  ended_[operation.timestamp] = {operation.digest, ending};
  if (ended_.size() > endings_max) ended_.erase(ended_.begin());
  return save();
}

std::optional<Ending> ClientMemory::ending_of(const SignedAs& operation) const {
  const auto found = ended_.find(operation.timestamp);
  if (found == ended_.end()) return std::nullopt;
  // Another operation at its t ended as executed, so this one never ran; no other ending tells.
  if (found->second.digest == operation.digest) return found->second.ending;
  return found->second.ending == Ending::executed ? std::optional(Ending::never) : std::nullopt;
}

Result<void> ClientMemory::save() const {
  std::ostringstream text;
  text << header << "\nnext " << next_.value_or(Timestamp(1)).value << '\n';
  for (const auto& [t, digest] : unresolved_) text << "unresolved " << t.value << ' ' << to_hex(digest) << '\n';
  for (const auto& [t, ended] : ended_) {
    text << ending_names[static_cast<std::size_t>(ended.ending)] << ' ' << t.value << ' ' << to_hex(ended.digest)
         << '\n';
  }
  const std::filesystem::path fresh = path_.string() + ".new";
  if (!write_forced(fresh, text.str())) return failed("write the client's memory", fresh);
  if (::rename(fresh.c_str(), path_.c_str()) != 0 || !force_directory_of(path_)) {
    return failed("write the client's memory", path_);
  }
  return {};
}

}  // namespace quorate
