// The cluster file: what is written reads back; each kind of damage has its own clear error with the line.
#include "messages/cluster_file.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace quorate {
namespace {

PublicKey key_of(std::uint8_t byte) {
  PublicKey key;
  key.bytes.fill(byte);
  return key;
}

ClusterFile example() {
  ClusterFile cluster;
  for (std::uint8_t i = 0; i < 4; ++i) {
    cluster.genesis.replica_keys.push_back(key_of(static_cast<std::uint8_t>(i + 1)));
    cluster.addresses.push_back({"127.0.0.1", static_cast<std::uint16_t>(7000 + i)});
  }
  cluster.addresses[3].host = "db.\"odd\".example";
  for (std::uint8_t i = 0; i < 2; ++i) cluster.genesis.client_keys.push_back(key_of(static_cast<std::uint8_t>(i + 9)));
  return cluster;
}

/// The error after `from` was replaced by `to` in a good file.
std::string error_after(const std::string& from, const std::string& to) {
  std::string text = cluster_file_text(example());
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const auto parsed = parse_cluster_file(text, "c.toml");
  REQUIRE_FALSE(parsed.has_value());
  return parsed.error().message;
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE("what is written reads back as the same cluster") {
  const ClusterFile cluster = example();
  const auto parsed = parse_cluster_file(cluster_file_text(cluster), "c.toml");
  if (!parsed) FAIL(parsed.error().message);
  CHECK(parsed->addresses == cluster.addresses);
  CHECK(parsed->genesis.cluster_id() == cluster.genesis.cluster_id());
}

TEST_CASE("each damage has an error that names the place and the remedy") {
  CHECK(has(error_after("version = 1", "version 1"), "c.toml:2: not TOML"));
  CHECK(has(error_after("version = 1", "version = 2"), "c.toml:2: version is 2; it must be 1 to 1"));
  CHECK(has(error_after("version = 1\n", ""), "key 'version' is missing"));
  CHECK(has(error_after("client_window", "client_windw"), "key 'client_window' is missing"));
  CHECK(has(error_after("client_window", "colour = 3\nclient_window"), "c.toml:5: unknown key 'colour'"));
  CHECK(has(error_after("port = 7001", "port = 70010"), "port is 70010; it must be 1 to 65535"));
  CHECK(has(error_after("port = 7001", "port = \"7001\""), "port must be an integer"));
  CHECK(has(error_after("port = 7001", "port = -1"), "port is -1"));
  CHECK(has(error_after("port = 7001", "prt = 7001"), "key 'port' is missing"));
  CHECK(has(error_after("host = '", "hst = '"), "key 'host' is missing"));
  CHECK(has(error_after("id = 1", "id = 2"), "id 2 stands where id 1 must be"));
  CHECK(has(error_after("public_key = \"01", "public_key = \"zz"), "public_key must be 64 hexadecimal digits"));
  CHECK(has(error_after("public_key = \"0101", "public_key = \"01"), "public_key must be 64 hexadecimal digits"));
  CHECK(has(error_after("public_key = \"01", "public_key = 01 #"), "c.toml"));
  CHECK(has(error_after("log_window = 512", "log_window = 600"), "multiple of the checkpoint interval"));
  CHECK(has(error_after("time_bound_ms = 1000", "time_bound_ms = 0"), "time_bound_ms is 0"));
}

TEST_CASE("too few replicas, a key used twice") {
  ClusterFile cluster = example();
  cluster.genesis.client_keys[1] = cluster.genesis.replica_keys[0];
  CHECK(has(parse_cluster_file(cluster_file_text(cluster), "c.toml").error().message, "same public key"));
  cluster = example();
  cluster.genesis.replica_keys.pop_back();
  cluster.addresses.pop_back();
  CHECK(has(parse_cluster_file(cluster_file_text(cluster), "c.toml").error().message, "number of replicas is 3"));
}

TEST_CASE("a file that is not there, and one that is there already") {
  std::string directory = std::filesystem::temp_directory_path() / "cluster_file_test_XXXXXX";
  REQUIRE(::mkdtemp(directory.data()) != nullptr);
  const auto path = std::filesystem::path(directory) / "cluster.toml";
  CHECK(has(read_cluster_file(path).error().message, "cannot read the cluster file"));
  CHECK(write_cluster_file(path, example()).has_value());
  CHECK(read_cluster_file(path).has_value());
  CHECK(has(write_cluster_file(path, example()).error().message, "File exists"));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace quorate
