#include "client/command/hosts.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <string>

namespace quorate::command {
namespace {

using Words = std::vector<std::string>;

/// Hands over the words of each line that says something. `take` returns what is wrong, or nothing.
Result<void> for_each_line(std::string_view text, std::string_view name,
                           const std::function<std::optional<std::string>(const Words&)>& take) {
  std::istringstream in{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::istringstream split(line);
    Words words;
    for (std::string word; split >> word;) words.push_back(word);
    if (words.empty() || words[0].front() == '#') continue;
    if (const auto wrong = take(words))
      return failure(std::string(name) + ":" + std::to_string(number) + ": " + *wrong);
  }
  return {};
}

std::optional<PublicKey> key_of(const std::string& digits) {
  const auto bytes = from_hex(digits);
  PublicKey key;
  if (!bytes || bytes->size() != key.bytes.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), key.bytes.begin());
  return key;
}

std::optional<Address> address_of(const std::string& word, std::uint32_t default_port) {
  const bool bracketed = word.front() == '[';
  const auto host_end = bracketed ? word.find(']') : word.find(':');
  if (bracketed && host_end == std::string::npos) return std::nullopt;
  const std::string host = bracketed ? word.substr(1, host_end - 1) : word.substr(0, host_end);
  std::string rest = host_end == std::string::npos ? "" : word.substr(host_end + (bracketed ? 1 : 0));
  std::uint32_t port = default_port;
  if (!rest.empty()) {
    if (rest.front() != ':') return std::nullopt;
    const char* end = rest.data() + rest.size();
    const auto read = std::from_chars(rest.data() + 1, end, port);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  }
  if (host.empty() || port == 0 || port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return Address{host, static_cast<std::uint16_t>(port)};
}

constexpr const char* key_rule = "a public key is 64 hexadecimal digits, as 'quorate keygen' prints them";

}  // namespace

Result<std::vector<HostLine>> parse_hosts(std::string_view text, std::string_view name, std::uint16_t base_port) {
  std::vector<HostLine> hosts;
  const auto take = [&](const Words& words) -> std::optional<std::string> {
    HostLine line;
    const auto address = address_of(words[0], base_port + static_cast<std::uint32_t>(hosts.size()));
    if (!address) return "'" + words[0] + "' is not HOST, HOST:PORT or [IPV6]:PORT with a port from 1 to 65535";
    line.address = *address;
    if (words.size() > 2) return "too many words; a line is HOST:PORT, and a public key if it was made elsewhere";
    if (words.size() == 2) {
      line.key = key_of(words[1]);
      if (!line.key) return "'" + words[1] + "': " + key_rule;
    }
    for (const HostLine& other : hosts)
      if (other.address == line.address) return "two replicas cannot listen at " + words[0];
    hosts.push_back(line);
    return std::nullopt;
  };
  if (const auto read = for_each_line(text, name, take); !read) return tl::unexpected(read.error());
  return hosts;
}

Result<std::vector<PublicKey>> parse_public_keys(std::string_view text, std::string_view name) {
  std::vector<PublicKey> keys;
  const auto take = [&](const Words& words) -> std::optional<std::string> {
    const auto key = key_of(words[0]);
    if (!key) return "'" + words[0] + "': " + key_rule;
    keys.push_back(*key);
    return std::nullopt;
  };
  if (const auto read = for_each_line(text, name, take); !read) return tl::unexpected(read.error());
  return keys;
}

Result<std::string> read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return failure(path.string() + ": cannot be read; check the path");
  return text.str();
}

}  // namespace quorate::command
