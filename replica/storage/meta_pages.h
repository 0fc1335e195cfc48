// Whether the newest transaction of an LMDB file is the one that it opens with.
//
// The two meta pages take turns, so the numbers of their transactions differ by one. LMDB believes the higher one and
// checks neither: a damaged number would silently take the file back by a transaction. The numbers alone are read, from
// the file and not through LMDB.
#pragma once

#include <filesystem>

#include "crypto/error.h"

namespace quorate {

/// Of a store that nobody writes to. Errors: damage; the file cannot be read.
Result<void> check_meta_pages(const std::filesystem::path& data_file);

}  // namespace quorate
