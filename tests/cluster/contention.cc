#include "tests/cluster/contention.h"

#include <array>

namespace quorate::cluster_tests {
namespace {

constexpr std::array<const char*, 3> words = {"red", "green", "blue"};

Bytes encoded(const Operation& operation) { return encode_operation(operation).value(); }

}  // namespace

Contention::Contention(const std::string& prefix, std::uint64_t seed)
    : contended_(prefix + "contended/"), counter_(prefix + "counter"), random_(seed, 0) {}

std::string Contention::account() { return contended_ + "account-" + std::to_string(random_.below(5)); }
std::string Contention::text() { return contended_ + "text-" + std::to_string(random_.below(3)); }

Bytes Contention::draw() {
  switch (random_.below(12)) {
    case 0:
    case 1:
      return encoded(Get{as_bytes(any())});
    case 2:
      return encoded(Delete{as_bytes(any())});
    case 3:
      return put();
    case 4:
      // A text's word is no integer: this fails, and changes nothing.
      return encoded(Add{as_bytes(any()), static_cast<std::int64_t>(random_.between(1, 50))});
    case 5:
      return scan();
    case 6:
    case 7:
      return transfer();
    case 8:
      return exchange();
    case 9:
      return update();
    case 10:
      return encoded(Get{as_bytes(counter_)});
    default:
      return encoded(Add{as_bytes(counter_), static_cast<std::int64_t>(random_.between(1, 9))});
  }
}

Bytes Contention::put() {
  const bool money = random_.one_in(2);
  const std::string key = money ? account() : text();
  const std::string value = money ? std::to_string(random_.below(100)) : words[random_.below(words.size())];
  return encoded(Put{as_bytes(key), as_bytes(value)});
}

Bytes Contention::scan() {
  const std::string from = any();
  const std::string to = contended_ + "~";
  return encoded(Scan{as_bytes(from), as_bytes(to), static_cast<std::uint32_t>(random_.between(1, 8))});
}

/// Money goes from one account to another if there is enough; else both are looked at. Now and then to a text, which
/// fails if a word is there: then nothing may have left the account.
Bytes Contention::transfer() {
  const std::string from = account();
  const std::string to = random_.one_in(8) ? text() : account();
  const auto amount = static_cast<std::int64_t>(random_.between(1, 20));
  Transaction transaction;
  transaction.conditions = {IntegerAtLeast{as_bytes(from), amount}};
  transaction.then = {Add{as_bytes(from), -amount}, Add{as_bytes(to), amount}};
  transaction.otherwise = {Get{as_bytes(from)}, Get{as_bytes(to)}};
  return encoded(transaction);
}

/// One word gives way to another; if a different one is there, the texts are listed.
Bytes Contention::exchange() {
  const std::string key = text();
  const std::string other = text();
  const std::string to = contended_ + "~";
  const std::string before = words[random_.below(words.size())];
  const std::string after = words[random_.below(words.size())];
  Transaction transaction;
  transaction.conditions = {ValueEquals{as_bytes(key), as_bytes(before)}};
  if (random_.one_in(3)) transaction.conditions = {IsAbsent{as_bytes(key)}, Exists{as_bytes(other)}};
  transaction.then = {Put{as_bytes(key), as_bytes(after)}, Delete{as_bytes(other)}};
  transaction.otherwise = {Scan{as_bytes(other), as_bytes(to), 3}, Put{as_bytes(other), as_bytes(after)}};
  return encoded(transaction);
}

/// Writes a key if nobody did since it was seen last; else reads it.
Bytes Contention::update() {
  const std::string key = any();
  const std::string value = std::to_string(random_.below(100));
  const auto seen = seen_.find(key);
  Transaction transaction;
  transaction.conditions = {IsAbsent{as_bytes(key)}};
  if (seen != seen_.end()) transaction.conditions = {VersionEquals{as_bytes(key), seen->second}};
  transaction.then = {Put{as_bytes(key), as_bytes(value)}};
  transaction.otherwise = {Get{as_bytes(key)}};
  return encoded(transaction);
}

void Contention::saw(ByteView operation, const OperationResult& result) {
  const auto decoded = decode_operation(operation);
  const auto note = [&](ByteView key, const Version& version) { seen_[std::string(as_text(key))] = version; };
  if (const auto* page = std::get_if<Page>(&result)) {
    for (const Page::Entry& entry : page->entries) note(entry.key, entry.version);
  } else if (const auto* found = std::get_if<Found>(&result)) {
    note(std::get<Get>(*decoded).key, found->version);
  } else if (const auto* written = std::get_if<Written>(&result)) {
    note(std::get<Put>(*decoded).key, written->version);
  } else if (const auto* sum = std::get_if<Sum>(&result)) {
    note(std::get<Add>(*decoded).key, sum->version);
  }
}

}  // namespace quorate::cluster_tests
