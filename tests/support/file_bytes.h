// The bytes of a file, read and overwritten beside whoever has it open: what damage is made of.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "crypto/bytes.h"

namespace quorate::testing {

inline Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

inline void write_at(const std::filesystem::path& path, std::size_t at, ByteView bytes) {
  const int file = ::open(path.c_str(), O_WRONLY);
  REQUIRE(::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at)) == static_cast<ssize_t>(bytes.size()));
  REQUIRE(::close(file) == 0);
}

/// Where `wanted` stands in the file: more than once if LMDB has copied its page.
inline std::vector<std::size_t> places_of(const Bytes& file, ByteView wanted) {
  std::vector<std::size_t> places;
  for (auto at = file.begin();; ++at) {
    at = std::search(at, file.end(), wanted.begin(), wanted.end());
    if (at == file.end()) return places;
    places.push_back(static_cast<std::size_t>(at - file.begin()));
  }
}

}  // namespace quorate::testing
