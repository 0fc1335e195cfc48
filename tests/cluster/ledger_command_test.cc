// quorate ledger over real replicas: what it prints, what it proves, whom it leaves for another, and its exit statuses.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

using Json = nlohmann::json;

std::vector<Json> objects_of(const std::string& text) {
  std::vector<Json> objects;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) objects.push_back(Json::parse(line));
  return objects;
}

struct Scene {
  CommandCluster cluster;

  Scene() {
    REQUIRE(cluster.cluster("start").status == 0);
    for (const char* value : {"1", "2", "3"}) REQUIRE(cluster.data("put", {"key", value}).status == 0);
  }
  Ran ledger(const Arguments& options) const { return cluster.data("ledger", options); }
};

}  // namespace

TEST_CASE_FIXTURE(Scene, "ledger: blocks with their links, certificates and bodies, and what proves them") {
  const Ran ran = ledger({"--from", "1", "--bodies", "--json"});
  REQUIRE_MESSAGE(ran.status == 0, ran.err);
  std::vector<Json> blocks = objects_of(ran.out);
  REQUIRE(blocks.size() >= 4);
  const Json proof = blocks.back();
  blocks.pop_back();
  std::string operations;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Json& block = blocks[i];
    CHECK(block.at("n") == i + 1);
    if (i != 0) CHECK(block.at("previous") == blocks[i - 1].at("block"));
    CHECK(block.at("signers").size() == 3);
    CHECK(block.at("operations") == block.at("bodies").size());
    for (const Json& operation : block.at("bodies")) operations += operation.at("operation").dump();
  }
  CHECK(operations == R"({"put":"key","value":"1"}{"put":"key","value":"2"}{"put":"key","value":"3"})");
  CHECK(proof.at("first") == 1);
  CHECK(proof.at("last") == blocks.size());
  CHECK(proof.at("block") == blocks.back().at("block"));
  CHECK(proof.at("checkpoint").is_null());
  CHECK(proof.at("block_signers").size() >= 2);
}

TEST_CASE_FIXTURE(Scene, "ledger: a checkpoint proves blocks to whoever has one replica, and a file without any") {
  // 256 slots: operations one after the other, from as many clients as there are keys.
  const auto newest = [&] {
    return objects_of(ledger({"--last", "1", "--json"}).out).at(0).at("n").get<std::uint64_t>();
  };
  while (newest() < 260) {
    REQUIRE(cluster
                .data("bench", {"--seconds", "1", "--warmup", "0", "--clients", "8", "--outstanding", "1", "--keys",
                                "10", "--no-preload"})
                .status == 0);
  }
  const Arguments range = {"--from", "2", "--to", "100", "--verify-only"};
  const auto proven = [&](Arguments more) {
    more.insert(more.end(), range.begin(), range.end());
    return ledger(more);
  };
  REQUIRE(comes_true([&] {
    return proven({"--replica", "2"}).out.find("proven by the checkpoint at") != std::string::npos;
  }));
  const std::string file = (std::filesystem::path(cluster.directory()) / "proof").string();
  const Ran exported = proven({"--replica", "2", "--export", file});
  REQUIRE_MESSAGE(exported.status == 0, exported.err);
  REQUIRE(cluster.cluster("kill").status == 0);
  CHECK(proven({}).status == 3);
  const Ran checked = ledger({"--check", file, "--verify-only"});
  CHECK_MESSAGE(checked.status == 0, checked.err);
  CHECK(checked.out == exported.out);
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  // Every 4999th byte altered, and the end missing: a file proves all of its blocks or nothing.
  for (std::size_t at = 0; at <= bytes.size(); at += 4999) {
    std::string altered = bytes;
    if (at < bytes.size()) altered[at] = static_cast<char>(altered[at] ^ 0x10);
    if (at + 4999 > bytes.size()) altered = bytes.substr(0, bytes.size() - 1);
    std::ofstream(file, std::ios::binary) << altered;
    const Ran ran = ledger({"--check", file, "--verify-only"});
    CHECK((ran.status == 2 || ran.out == checked.out));
    if (at + 4999 > bytes.size()) CHECK(ran.status == 2);
  }
}

TEST_CASE_FIXTURE(Scene, "ledger: exit statuses") {
  CHECK(ledger({"--last", "2"}).status == 0);
  const Ran later = ledger({"--from", "900"});
  CHECK(later.status == 1);
  CHECK(says(later, "block 900 is not there"));
  CHECK(ledger({"--to", "900"}).status == 1);
  CHECK(ledger({"--from", "3", "--to", "2"}).status == 2);
  CHECK(ledger({"--from", "0"}).status == 2);
  CHECK(ledger({"--replica", "4"}).status == 2);
  CHECK(ledger({"--from", "1", "--last", "1"}).status == 2);
  CHECK(ledger({"--check", cluster.file().string()}).status == 2);
  CHECK(ledger({"--check", "/nowhere"}).status == 2);
  // Of one replica that is silent nothing comes; without it the others prove the same.
  REQUIRE(cluster.cluster("pause", {"1"}).status == 0);
  CHECK(ledger({"--replica", "1", "--timeout", "1"}).status == 3);
  CHECK(ledger({"--last", "2"}).status == 0);
  REQUIRE(cluster.cluster("pause", {"2"}).status == 0);
  REQUIRE(cluster.cluster("pause", {"3"}).status == 0);
  const Ran alone = ledger({"--last", "2", "--timeout", "1"});  // above any checkpoint, with one signer
  CHECK(alone.status == 3);
  CHECK(alone.out.empty());
  CHECK(says(alone, "1 of the 2 replicas that must sign it did"));
}

}  // namespace quorate::cluster_tests
