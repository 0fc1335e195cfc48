#include "client/command/words.h"

namespace quorate::command {

Result<std::string> read_word(Encoding encoding, const std::string& what, const std::string& word) {
  auto bytes = decoded(encoding, word);
  if (!bytes) return failure(what + " '" + encoded(Encoding::text, word) + "': " + bytes.error().message);
  return bytes;
}

Result<std::vector<std::string>> read_words(Encoding encoding, const std::string& what,
                                            const std::vector<std::string>& words) {
  std::vector<std::string> read;
  read.reserve(words.size());
  for (const std::string& word : words) {
    auto bytes = read_word(encoding, what, word);
    if (!bytes) return tl::unexpected(bytes.error());
    read.push_back(std::move(*bytes));
  }
  return read;
}

std::string text_of(const Version& version) {
  return std::to_string(version.n.value) + ":" + std::to_string(version.index);
}

Status fail_absent(const Target& target, const std::string& key) {
  return fail(Status::not_met, "'" + encoded(target.encoding, key) + "' is absent");
}

}  // namespace quorate::command
