// Where what stores read back differs from what was forced to them, in words.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replica/service/table.h"
#include "tests/simulation/disk_stores.h"

namespace quorate::simulation {

/// The first difference; nothing: there is none. Of a state that is not whole, only that it is not.
std::optional<std::string> difference(const DiskStores::Content& expected, const DiskStores::Content& read);

using Entries = std::vector<std::pair<Bytes, Bytes>>;
Entries entries_of(const Table& table);

}  // namespace quorate::simulation
