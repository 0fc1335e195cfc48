// What a client remembers over its lives, in a file beside its key: which timestamps may have been used, and which
// operations left without an answer.
//
// Each change is on disk before it counts, so `kill -9` and power loss forget nothing. One process at a time uses a
// memory: whoever holds the lock of the client's key.
//
// The file is text: the line "quorate-client-memory-1", "next T", and for each operation "unresolved T DIGEST" or
// "executed|never|lost T DIGEST".
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "client/client_core.h"
#include "crypto/error.h"

namespace quorate {

/// How an operation with a handle ended.
enum class Ending : std::uint8_t {
  executed,  // once
  never,     // it was not executed and never will be: it is safe to repeat
  lost,      // too many later operations of this client were executed before anybody asked; it never runs from now on
};

class ClientMemory {
 public:
  /// An absent file is the memory of a client that has not lived. Errors: unreadable, damaged.
  static Result<ClientMemory> open(const std::filesystem::path& path);

  /// The first t that no life can have used; nothing when there was none.
  std::optional<Timestamp> next() const { return next_; }
  /// No later life uses a t below `end`.
  Result<void> reserve(Timestamp end);

  /// Operations that left and whose end nobody knows yet.
  const std::map<Timestamp, Digest>& unresolved() const { return unresolved_; }
  Result<void> note_unresolved(const std::vector<SignedAs>& operations);
  /// How an operation ended. The newest endings_max are kept.
  Result<void> resolve(const SignedAs& operation, Ending ending);
  std::optional<Ending> ending_of(const SignedAs& operation) const;

  static constexpr std::size_t endings_max = 256;

 private:
  struct Ended {
    Digest digest;
    Ending ending{};
  };

  explicit ClientMemory(std::filesystem::path path) : path_(std::move(path)) {}
  bool read_line(const std::string& line);
  Result<void> save() const;

  std::filesystem::path path_;
  std::optional<Timestamp> next_;
  std::map<Timestamp, Digest> unresolved_;
  std::map<Timestamp, Ended> ended_;
};

}  // namespace quorate
