// put, delete, add: several keys at once, conditions, and words of any bytes.
#include <doctest/doctest.h>

#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

/// As `put --if-version` takes it.
std::string version_of(const CommandCluster& cluster, const std::string& key) {
  const std::string line = cluster.data("get", {"--version", key}).out;
  const auto begin = line.find('\t') + 1;
  return line.substr(begin, line.find('\t', begin) - begin);
}

std::string value_of(const CommandCluster& cluster, const std::string& key) { return cluster.data("get", {key}).out; }

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

}  // namespace

TEST_CASE("put writes several keys in one transaction, and under conditions all or nothing") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  const Ran put = cluster.data("put", {"a", "1", "b", "2", "--json"});
  CHECK(put.status == 0);
  CHECK(put.out.find(R"({"version":[)") == 0);
  CHECK(value_of(cluster, "a") == "1");
  CHECK(version_of(cluster, "a") == version_of(cluster, "b"));

  const Ran taken = cluster.data("put", {"--if-absent", "fresh", "x", "a", "x"});
  CHECK(taken.status == 1);
  CHECK(says(taken, "'a' has version " + version_of(cluster, "a")));
  CHECK(says(taken, "nothing was changed"));
  CHECK(cluster.data("get", {"fresh"}).status == 1);
  CHECK(cluster.data("put", {"--if-absent", "fresh", "x", "newer", "y"}).status == 0);
  CHECK(value_of(cluster, "newer") == "y");

  const std::string version = version_of(cluster, "a");
  CHECK(cluster.data("put", {"--if-version", version, "a", "3"}).status == 0);
  const Ran outdated = cluster.data("put", {"--if-version", version, "a", "4"});
  CHECK(outdated.status == 1);
  CHECK(says(outdated, "'a' has version " + version_of(cluster, "a")));
  CHECK(value_of(cluster, "a") == "3");
  const Ran absent = cluster.data("put", {"--if-version", version, "nothing", "4", "--json"});
  CHECK(absent.status == 1);
  CHECK(says(absent, "'nothing' is absent"));
  CHECK(absent.out == "{\"done\":false,\"current\":[{\"key\":\"nothing\",\"version\":null}]}\n");
}

TEST_CASE("a put that cannot be is refused with status 2, says why and writes nothing") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.data("put", {}).status == 2);
  CHECK(says(cluster.data("put", {"a", "1", "b"}), "the last KEY 'b' has none"));
  CHECK(says(cluster.data("put", {"a", "-", "b", "-"}), "only one VALUE can be '-'"));
  CHECK(says(cluster.data("put", {"--if-version", "7", "a", "1"}), "N:INDEX"));
  CHECK(says(cluster.data("put", {"--if-version", "7:0x", "a", "1"}), "N:INDEX"));
  CHECK(says(cluster.data("put", {"--if-version", "7:0", "a", "1", "b", "2"}), "of one KEY"));
  CHECK(cluster.data("put", {"--if-version", "7:0", "--if-absent", "a", "1"}).status == 2);
  CHECK(says(cluster.data("put", {"--hex", "61", "0g"}), "VALUE '0g': 'g' at character 2"));
  CHECK(says(cluster.data("put", {"--base64", "YQ", "YQ=="}), "KEY 'YQ': 2 characters"));
  CHECK(cluster.data("put", {"--hex", "--base64", "61", "61"}).status == 2);
  const Ran too_long = cluster.data("put", {"a", "1", std::string(401, 'k'), "v"});
  CHECK(too_long.status == 2);
  CHECK(says(too_long, "401 bytes; at most 400"));
  CHECK(cluster.data("put", {"a", "-"}, std::string(98'305, 'v')).status == 2);
  Arguments many;
  for (int i = 0; i < 1025; ++i) many.insert(many.end(), {"k" + std::to_string(i), "v"});
  CHECK(says(cluster.data("put", many), "at most 1024"));
  CHECK(cluster.data("scan", {}).out.empty());
}

TEST_CASE("words of any bytes come back as they were given") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.data("put", {"bytes", "-"}, all_bytes()).status == 0);
  CHECK(value_of(cluster, "bytes") == all_bytes());
  CHECK(cluster.data("put", {"--hex", "00ff0a", "0d00"}).status == 0);
  CHECK(cluster.data("get", {"--hex", "00FF0A"}).out == "0d00\n");
  CHECK(cluster.data("get", {"--base64", "AP8K"}).out == "DQA=\n");
  CHECK(cluster.data("get", {"--base64", "AP8K", "--version"}).out.find("AP8K\t") == 0);
  CHECK(cluster.data("put", {"--base64", "AP8K", "-"}, all_bytes()).status == 0);  // standard input is never decoded
  CHECK(cluster.data("get", {"--hex", "00ff0a"}).out.substr(0, 8) == "00010203");
  // Words that mean something to a command line.
  const Arguments words = {"[a,b]", "[]", "{}", "%%", "get", "put", "", "--json", "-", "++", "/h", "'\""};
  for (const std::string& word : words) {
    CAPTURE(word);
    CHECK(cluster.data("put", {"key", word, "other", "-"}, "other").status ==
          (word == "-" || word == "--json" ? 2 : 0));
    CHECK(cluster.data("put", {"--hex", "6b6579", "-"}, word).status == 0);
    CHECK(value_of(cluster, "key") == word);
    if (word.empty()) continue;
    CHECK(cluster.data("put", {"--", word, word == "-" ? "dash" : word}).status == 0);
    CHECK(value_of(cluster, "key") == word);
    CHECK(cluster.data("get", {"--", word}).out == (word == "-" ? "dash" : word));
    CHECK(cluster.data("delete", {"--", word}).status == 0);
  }
  CHECK(cluster.data("scan", {"--keys-only", "--from", "c"}).out == "key\nother\n");
}

TEST_CASE("delete removes several keys in one transaction and names those that were absent") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  REQUIRE(cluster.data("put", {"a", "1", "b", "2", "c", "3", "d", "4"}).status == 0);
  CHECK(cluster.data("delete", {"a", "b"}).status == 0);
  const Ran one_absent = cluster.data("delete", {"a", "c", "--json"});
  CHECK(one_absent.status == 1);
  CHECK(says(one_absent, "'a' is absent"));
  CHECK(
      one_absent.out ==
      "{\"deleted\":1,\"keys\":[{\"key\":\"a\",\"existed\":false},{\"key\":\"c\",\"existed\":true}],\"done\":true}\n");
  const std::string version = version_of(cluster, "d");
  CHECK(cluster.data("put", {"d", "5"}).status == 0);
  const Ran outdated = cluster.data("delete", {"--if-version", version, "d"});
  CHECK(outdated.status == 1);
  CHECK(says(outdated, "'d' has version " + version_of(cluster, "d")));
  CHECK(value_of(cluster, "d") == "5");
  CHECK(cluster.data("delete", {"--if-version", version_of(cluster, "d"), "d"}).status == 0);
  CHECK(cluster.data("scan", {}).out.empty());
  CHECK(cluster.data("delete", {}).status == 2);
  CHECK(cluster.data("delete", {"a", "--prefix", "b"}).status == 2);
  CHECK(cluster.data("delete", {"--prefix", "b", "--if-version", "1:0"}).status == 2);
  CHECK(cluster.data("delete", {"--hex", "--prefix", "b"}).status == 2);
}

TEST_CASE("delete --prefix removes what begins with it, in several transactions, and nothing else") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  std::string lines = "o\tkept\np\tkept\nq\tkept\n";
  for (int i = 0; i < 600; ++i) lines += "p/" + std::to_string(i) + "\tgone\n";
  REQUIRE(cluster.data("import", {"-"}, lines).status == 0);
  const Ran empty = cluster.data("delete", {"--prefix", ""});
  CHECK(empty.status == 2);
  CHECK(says(empty, "all keys"));
  const Ran removed = cluster.data("delete", {"--prefix", "p/"});
  CHECK(removed.status == 0);
  CHECK(says(removed, "600 keys deleted in 3 transactions; not one snapshot"));
  CHECK(cluster.data("scan", {}).out == "o\tkept\np\tkept\nq\tkept\n");
  CHECK(cluster.data("delete", {"--prefix", "p/", "--json"}).out ==
        "{\"deleted\":0,\"transactions\":0,\"snapshot\":false,\"done\":true}\n");
  REQUIRE(cluster.data("put", {"--hex", "fe", "00", "ff", "00", "ffff00", "00"}).status == 0);
  CHECK(says(cluster.data("delete", {"--hex", "--prefix", "ff"}), "2 keys deleted"));
  CHECK(cluster.data("scan", {"--hex", "--from", "80", "--keys-only"}).out == "fe\n");
}

TEST_CASE("add prints the sum, and changes nothing where there is none") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  CHECK(cluster.data("add", {"n", "40"}).out == "40\n");
  CHECK(cluster.data("add", {"n", "-41"}).out == "-1\n");
  CHECK(cluster.data("add", {"--hex", "6e", "2", "--json"}).out.find(R"("sum":1,"done":true)") != std::string::npos);
  const Ran overflow = cluster.data("add", {"n", "9223372036854775807", "--json"});
  CHECK(overflow.status == 1);
  CHECK(overflow.out == "{\"failed\":\"overflow\",\"done\":false}\n");
  CHECK(value_of(cluster, "n") == "1");
  REQUIRE(cluster.data("put", {"text", "x"}).status == 0);
  CHECK(says(cluster.data("add", {"text", "1"}), "the value of 'text' is no 64-bit integer"));
  CHECK(cluster.data("add", {"n", "1.5"}).status == 2);
  CHECK(cluster.data("add", {"n"}).status == 2);
}

}  // namespace quorate::cluster_tests
