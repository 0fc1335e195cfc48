// backup.json: what a backup is of. Written last, so a directory with it is a whole backup.
#pragma once

#include <filesystem>

#include "crypto/digest.h"
#include "crypto/error.h"
#include "messages/types.h"

namespace quorate {

struct BackupNote {
  Digest cluster_id;
  ReplicaId replica;    // whose stores were copied
  SequenceNumber slot;  // the last one in them
};

/// {"format": 1, "cluster_id": "…", "replica": 0, "slot": 0}. Errors: it exists, or cannot be written and forced.
Result<void> write_backup_note(const std::filesystem::path& path, const BackupNote& note);
/// Errors: no such file, another format, damage.
Result<BackupNote> read_backup_note(const std::filesystem::path& path);

}  // namespace quorate
