#include "crypto/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace quorate {
namespace {

constexpr std::string_view header = "quorate-key-1 ";
constexpr std::size_t file_bytes = header.size() + 2 * SecretSeed::size + 1;

tl::unexpected<Error> failed(const char* what, const std::filesystem::path& path) {
  return failure(std::string("cannot ") + what + " key file '" + path.string() + "': " + std::strerror(errno));
}

/// Closes on every way out.
struct File {
  int fd;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

Result<void> force_directory(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const File directory{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.fd < 0 || ::fsync(directory.fd) != 0) return failed("force the directory of", path);
  return {};
}

std::string octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
  return text.data();
}

}  // namespace

Result<void> write_key_file(const std::filesystem::path& path, const SecretSeed& seed) {
  const File file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (file.fd < 0) return failed("create", path);
  const std::string text = std::string(header) + to_hex(ByteView(seed.bytes())) + "\n";
  if (::fchmod(file.fd, 0600) != 0) return failed("set the mode of", path);
  if (::write(file.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return failed("write", path);
  if (::fsync(file.fd) != 0) return failed("force", path);
  return force_directory(path);
}

Result<SecretSeed> read_key_file(const std::filesystem::path& path) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return failed("open", path);
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) return failed("look at", path);
  if ((status.st_mode & 0077) != 0)
    return failure("key file '" + path.string() + "' has mode " + octal(status.st_mode) +
                   ": others could read the key. Run: chmod 600 " + path.string());
  std::array<char, file_bytes + 1> text{};
  const ssize_t size = ::read(file.fd, text.data(), text.size());
  if (size < 0) return failed("read", path);
  const std::string_view line(text.data(), static_cast<std::size_t>(size));
  const bool framed = line.size() == file_bytes && line.starts_with(header) && line.ends_with('\n');
  const auto bytes = framed ? from_hex(line.substr(header.size(), 2 * SecretSeed::size)) : std::nullopt;
  if (!bytes)
    return failure("key file '" + path.string() + "' is damaged: expected one line '" + std::string(header) +
                   "' and 64 hexadecimal digits. Restore it from a backup.");
  std::array<std::uint8_t, SecretSeed::size> seed{};
  std::copy(bytes->begin(), bytes->end(), seed.begin());
  return SecretSeed(seed);
}

}  // namespace quorate
