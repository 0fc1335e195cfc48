#include "replica/backup_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

namespace quorate {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t note_format = 1;

}  // namespace

Result<void> write_backup_note(const std::filesystem::path& path, const BackupNote& note) {
  const std::string text = Json{{"format", note_format},
                                {"cluster_id", to_hex(note.cluster_id)},
                                {"replica", note.replica.value},
                                {"slot", note.slot.value}}
                               .dump() +
                           "\n";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (written) return {};
  return failure(path.string() + ": cannot be written: " + std::strerror(error));
}

Result<BackupNote> read_backup_note(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return failure(path.string() + ": cannot be read; there is no whole backup here");
  try {
    const Json json = Json::parse(file);
    if (const auto format = json.at("format").get<std::uint64_t>(); format != note_format) {
      return failure(path.string() + ": backup format " + std::to_string(format) + ", this program knows format " +
                     std::to_string(note_format) + "; use the program that wrote it");
    }
    BackupNote note;
    const auto id = from_hex(json.at("cluster_id").get<std::string>());
    if (!id || id->size() != note.cluster_id.bytes.size()) return failure(path.string() + ": no cluster id");
    std::copy(id->begin(), id->end(), note.cluster_id.bytes.begin());
    note.replica = ReplicaId(json.at("replica").get<std::uint32_t>());
    note.slot = SequenceNumber(json.at("slot").get<std::uint64_t>());
    return note;
  } catch (const Json::exception& error) {
    return failure(path.string() + ": damaged: " + error.what());
  }
}

}  // namespace quorate
