#include "replica/storage/meta_pages.h"

#include <unistd.h>

#include <array>
#include <fstream>

#include "crypto/bytes.h"

namespace quorate {
namespace {

// LMDB 0.9: a page header of 16 bytes, then magic and version u32, address and map size u64, two databases of 48 bytes
// each, the last page u64, the transaction u64.
constexpr std::streamoff transaction_at = 16 + 8 + 16 + 96 + 8;

}  // namespace

Result<void> check_meta_pages(const std::filesystem::path& data_file) {
  std::ifstream file(data_file, std::ios::binary);
  const std::streamoff page_bytes = ::sysconf(_SC_PAGESIZE);
  std::array<std::uint64_t, 2> numbers{};
  for (std::size_t page = 0; page < numbers.size(); ++page) {
    std::array<char, sizeof(std::uint64_t)> bytes{};
    file.seekg(static_cast<std::streamoff>(page) * page_bytes + transaction_at);
    file.read(bytes.data(), bytes.size());
    if (!file) return failure("the meta pages of '" + data_file.string() + "' cannot be read", ErrorKind::damaged);
    numbers[page] = ByteReader(as_bytes({bytes.data(), bytes.size()})).u64();
  }
  if (numbers[0] + 1 == numbers[1] || numbers[1] + 1 == numbers[0]) return {};
  return failure("'" + data_file.string() + "' is damaged: the transactions of its two meta pages, " +
                     std::to_string(numbers[0]) + " and " + std::to_string(numbers[1]) + ", do not follow each other",
                 ErrorKind::damaged);
}

}  // namespace quorate
