// A client under test load: writes fresh keys without pause and remembers which were acknowledged.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client/client_key.h"
#include "client/key_value.h"

namespace quorate::cluster_tests {

class Writer {
 public:
  /// Takes a client key of the cluster.
  explicit Writer(const std::filesystem::path& cluster_file, std::size_t under_way_max = 32);
  ~Writer();

  /// Writes for this long.
  void write_for(std::chrono::milliseconds duration);
  /// Writes until `enough` says so; false when that took longer than `patience`.
  bool write_until(const std::function<bool()>& enough, std::chrono::milliseconds patience);
  /// Waits for what is under way; false when it took longer.
  bool finish(std::chrono::milliseconds patience);
  /// Writes nothing more, but lets what shares its context go on until `enough` says so; false when it took longer.
  bool run_until(const std::function<bool()>& enough, std::chrono::milliseconds patience);
  /// For a load that goes along with this one.
  asio::io_context& context() { return context_; }

  std::uint64_t acknowledged() const { return acknowledged_.size(); }
  std::uint64_t failed() const { return failed_; }
  /// Reads everything and names the acknowledged keys that are missing or wrong; nothing if the cluster does not answer
  /// in time.
  std::optional<std::vector<std::string>> missing(std::chrono::milliseconds patience);

 private:
  void refill();
  static std::string value_of(const std::string& key) { return "value of " + key; }

  asio::io_context context_{1};
  std::unique_ptr<Client> client_;
  std::string prefix_;
  std::size_t under_way_max_;
  std::size_t under_way_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t failed_ = 0;
  std::set<std::string> acknowledged_;
};

}  // namespace quorate::cluster_tests
