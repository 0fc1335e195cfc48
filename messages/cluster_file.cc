#include "messages/cluster_file.h"

#include <fcntl.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <sstream>

namespace quorate {
namespace {

constexpr std::int64_t format_version = 1;

/// One table of the file. The first error wins; later reads give zeros.
class Table {
 public:
  Table(const toml::table& table, std::string_view file, std::optional<Error>& error)
      : table_(table), file_(file), error_(error) {}

  std::uint64_t number(std::string_view key, std::uint64_t min, std::uint64_t max) {
    const toml::node* node = require(key);
    if (node == nullptr) return 0;
    const auto value = node->value_exact<std::int64_t>();
    if (!value) return fail(*node, std::string(key) + " must be an integer"), 0;
    if (*value < 0 || static_cast<std::uint64_t>(*value) < min || static_cast<std::uint64_t>(*value) > max) {
      fail(*node, std::string(key) + " is " + std::to_string(*value) + "; it must be " + std::to_string(min) + " to " +
                      std::to_string(max));
      return 0;
    }
    return static_cast<std::uint64_t>(*value);
  }

  std::string text(std::string_view key) {
    const toml::node* node = require(key);
    if (node == nullptr) return {};
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) return fail(*node, std::string(key) + " must be a text in quotes"), std::string();
    return *value;
  }

  PublicKey public_key() {
    const std::string digits = text("public_key");
    const auto bytes = from_hex(digits);
    PublicKey key;
    if (error_) return key;
    if (!bytes || bytes->size() != key.bytes.size()) {
      fail(*table_.get("public_key"), "public_key must be 64 hexadecimal digits; copy it again from where it was made");
      return key;
    }
    std::copy(bytes->begin(), bytes->end(), key.bytes.begin());
    return key;
  }

  /// The tables of [[key]], whose ids must be 0, 1, 2 … in this order.
  std::vector<Table> list(std::string_view key) {
    std::vector<Table> out;
    const toml::node* node = require(key);
    if (node == nullptr) return out;
    const toml::array* array = node->as_array();
    if (array == nullptr) return fail(*node, "write [[" + std::string(key) + "]] for each entry"), out;
    for (const toml::node& entry : *array) {
      if (!entry.is_table()) return fail(entry, "write [[" + std::string(key) + "]] for each entry"), out;
      Table child(*entry.as_table(), file_, error_);
      child.expect_id(out.size(), key);
      out.push_back(std::move(child));
    }
    return out;
  }

  /// Refuses every key that was not asked for.
  void refuse_others() {
    for (const auto& [key, node] : table_) {
      if (!asked_.contains(std::string(key.str()))) {
        fail(node, "unknown key '" + std::string(key.str()) + "'; remove it or correct its name");
      }
    }
  }

 private:
  void expect_id(std::size_t wanted, std::string_view list) {
    const std::uint64_t id = number("id", 0, std::numeric_limits<std::uint32_t>::max());
    if (!error_ && id != wanted) {
      fail(*table_.get("id"), "id " + std::to_string(id) + " stands where id " + std::to_string(wanted) +
                                  " must be; list [[" + std::string(list) + "]] as 0, 1, 2 … in order");
    }
  }

  const toml::node* require(std::string_view key) {
    asked_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr) fail(table_, "key '" + std::string(key) + "' is missing; add it");
    return node;
  }

  void fail(const toml::node& where, const std::string& what) {
    if (error_) return;
    const auto line = where.source().begin.line;
    error_ = Error{std::string(file_) + ":" + std::to_string(std::max<std::uint32_t>(line, 1)) + ": " + what};
  }

  const toml::table& table_;
  std::string_view file_;
  std::optional<Error>& error_;
  std::set<std::string, std::less<>> asked_;
};

ClusterFile read_tables(Table& root) {
  ClusterFile cluster;
  constexpr auto any = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  root.number("version", format_version, format_version);
  cluster.genesis.checkpoint_interval = root.number("checkpoint_interval", 1, any);
  cluster.genesis.log_window = root.number("log_window", 1, any);
  cluster.genesis.client_window = root.number("client_window", 1, any);
  cluster.genesis.time_bound_us = root.number("time_bound_ms", 1, any / 1000) * 1000;
  for (Table& replica : root.list("replica")) {
    const std::string host = replica.text("host");
    cluster.addresses.push_back({host, static_cast<std::uint16_t>(replica.number("port", 1, 65535))});
    cluster.genesis.replica_keys.push_back(replica.public_key());
    replica.refuse_others();
  }
  for (Table& client : root.list("client")) {
    cluster.genesis.client_keys.push_back(client.public_key());
    client.refuse_others();
  }
  root.refuse_others();
  return cluster;
}

std::filesystem::path beside(const std::filesystem::path& cluster_file, const std::string& name) {
  return cluster_file.parent_path() / name;
}

Result<void> write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file) != 0) return failure(std::strerror(errno));
  return {};
}

}  // namespace

Result<ClusterFile> parse_cluster_file(std::string_view text, std::string_view name) {
  toml::table table;
  try {
    table = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return failure(std::string(name) + ":" + std::to_string(error.source().begin.line) +
                   ": not TOML: " + std::string(error.description()) + "; correct the line or restore the file");
  }
  std::optional<Error> error;
  Table root(table, name, error);
  ClusterFile cluster = read_tables(root);
  if (error) return tl::unexpected(*error);
  if (auto good = cluster.genesis.check(); !good) {
    return failure(std::string(name) + ": " + good.error().message);
  }
  return cluster;
}

Result<ClusterFile> read_cluster_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return failure(path.string() +
                   ": cannot read the cluster file; check the path, or make one with 'quorate cluster create'");
  }
  return parse_cluster_file(text.str(), path.string());
}

std::string cluster_file_text(const ClusterFile& cluster) {
  const Genesis& genesis = cluster.genesis;
  std::ostringstream out;
  out << "# A Quorate cluster. Keys and sizes never change after its birth; hosts and ports may.\n"
      << "version = " << format_version << "\n"
      << "checkpoint_interval = " << genesis.checkpoint_interval << "\n"
      << "log_window = " << genesis.log_window << "\n"
      << "client_window = " << genesis.client_window << "\n"
      << "time_bound_ms = " << genesis.time_bound_us / 1000 << "\n";
  for (std::size_t i = 0; i < genesis.replica_keys.size(); ++i) {
    out << "\n[[replica]]\nid = " << i << "\nhost = " << toml::value<std::string>(cluster.addresses[i].host)
        << "\nport = " << cluster.addresses[i].port << "\npublic_key = \"" << to_hex(genesis.replica_keys[i].bytes)
        << "\"\n";
  }
  for (std::size_t i = 0; i < genesis.client_keys.size(); ++i) {
    out << "\n[[client]]\nid = " << i << "\npublic_key = \"" << to_hex(genesis.client_keys[i].bytes) << "\"\n";
  }
  return out.str();
}

Result<void> write_cluster_file(const std::filesystem::path& path, const ClusterFile& cluster) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return failure(path.string() + ": cannot create the cluster file: " + std::strerror(errno));
  auto written = write_all(file, cluster_file_text(cluster));
  ::close(file);
  if (!written) return failure(path.string() + ": cannot write the cluster file: " + written.error().message);
  return {};
}

std::filesystem::path replica_directory(const std::filesystem::path& cluster_file, ReplicaId replica) {
  return beside(cluster_file, "replica-" + std::to_string(replica.value));
}
std::filesystem::path replica_key_path(const std::filesystem::path& cluster_file, ReplicaId replica) {
  return replica_directory(cluster_file, replica) / "key";
}
std::filesystem::path replica_log_path(const std::filesystem::path& cluster_file, ReplicaId replica) {
  return replica_directory(cluster_file, replica) / "log";
}
std::filesystem::path replica_state_path(const std::filesystem::path& cluster_file, ReplicaId replica) {
  return replica_directory(cluster_file, replica) / "state";
}
std::filesystem::path client_key_path(const std::filesystem::path& cluster_file, ClientId client) {
  return beside(cluster_file, "client-" + std::to_string(client.value) + ".key");
}

}  // namespace quorate
