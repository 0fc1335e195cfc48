// get, scan, export: what they print, and whether they say that it is one snapshot.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

std::string lines_of(int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) lines.push_back("key " + std::to_string(i) + "\tvalue " + std::to_string(i) + "\n");
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string last_line(const std::string& text) {
  const auto begin = text.rfind('\n', text.size() - 2);
  return text.substr(begin == std::string::npos ? 0 : begin + 1);
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

TEST_CASE("get prints one value exactly, several as lines, and names what is absent") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  REQUIRE(cluster.data("put", {"a", "one\ttwo\n", "b\\", ""}).status == 0);
  CHECK(cluster.data("get", {"a"}).out == "one\ttwo\n");
  const Ran empty = cluster.data("get", {"b\\"});
  CHECK(empty.status == 0);
  CHECK(empty.out.empty());
  const Ran several = cluster.data("get", {"b\\", "nothing", "a", "a"});
  CHECK(several.status == 1);
  CHECK(several.out == "b\\\\\t\na\tone\\ttwo\\n\na\tone\\ttwo\\n\n");
  CHECK(several.err == "quorate: 'nothing' is absent\n");
  const Ran json = cluster.data("get", {"--json", "nothing", "b\\"});
  CHECK(json.status == 1);
  CHECK(json.out.find("{\"key\":\"nothing\",\"found\":false}\n{\"key\":\"b\\\\\",\"found\":true,\"version\":[") == 0);
  CHECK(last_line(json.out) == "{\"pages\":1,\"snapshot\":true}\n");
  CHECK(cluster.data("get", {"--json", "a"}).out.find("pages") == std::string::npos);
  CHECK(cluster.data("get", {}).status == 2);
  CHECK(cluster.data("get", {""}).status == 2);
  CHECK(cluster.data("get", {"a", std::string(401, 'k')}).status == 2);
  CHECK(says(cluster.data("get", {"--hex", "6", "61"}), "KEY '6': an odd number"));
}

TEST_CASE("get of more than one answer holds says that it is not one snapshot, and has every value") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  std::string expected;
  Arguments keys;
  for (const char letter : {'a', 'b', 'c'}) {
    keys.emplace_back(1, letter);
    expected += keys.back() + "\t" + std::string(98'304, letter) + "\n";
    REQUIRE(cluster.data("put", {keys.back(), "-"}, std::string(98'304, letter)).status == 0);
  }
  const Ran large = cluster.data("get", keys);
  CHECK(large.status == 0);
  CHECK(large.out == expected);
  CHECK(says(large, "not one snapshot"));
  keys.emplace_back("--json");
  CHECK(last_line(cluster.data("get", keys).out) == "{\"pages\":3,\"snapshot\":false}\n");
  const Ran taken = cluster.data("put", {"--if-absent", "a", "x", "b", "x"});  // whose versions are too much to tell
  CHECK(taken.status == 1);
  CHECK(says(taken, "nothing was changed"));
  Arguments many;
  for (int i = 0; i < 1100; ++i) many.push_back("k" + std::to_string(i));
  many.emplace_back("a");
  const Ran more_keys = cluster.data("get", many);
  CHECK(more_keys.status == 1);
  CHECK(more_keys.out == expected.substr(0, 98'307));
  CHECK(says(more_keys, "read in 2 pages"));
}

TEST_CASE("scan prints a range, and says whether its pages are one snapshot") {
  const CommandCluster cluster;
  REQUIRE(cluster.cluster("start").status == 0);
  const std::string lines = lines_of(3000);
  REQUIRE(cluster.data("import", {"-"}, lines).status == 0);
  const Ran all = cluster.data("scan", {});
  CHECK(all.status == 0);
  CHECK(all.out == lines);
  CHECK(says(all, "not one snapshot: read in 3 pages"));
  CHECK(last_line(cluster.data("scan", {"--json"}).out) == "{\"pages\":3,\"snapshot\":false}\n");
  const Ran one_page = cluster.data("scan", {"--limit", "1024"});
  CHECK(one_page.out == lines.substr(0, one_page.out.size()));
  CHECK(std::count(one_page.out.begin(), one_page.out.end(), '\n') == 1024);
  CHECK(one_page.err.empty());
  CHECK(ends_with(cluster.data("scan", {"--limit", "2", "--json"}).out, "\n{\"pages\":1,\"snapshot\":true}\n"));
  CHECK(cluster.data("scan", {"--from", "key 2999", "--to", "key 30"}).out == "key 2999\tvalue 2999\nkey 3\tvalue 3\n");
  CHECK(cluster.data("scan", {"--prefix", "key 299", "--from", "key 2998", "--keys-only"}).out ==
        "key 2998\nkey 2999\n");
  CHECK(cluster.data("scan", {"--hex", "--prefix", "6b657920313030", "--limit", "1"}).out ==
        "6b657920313030\t76616c756520313030\n");
  CHECK(cluster.data("scan", {"--from", "z"}).out.empty());
  CHECK(cluster.data("scan", {"--from", "b", "--to", "a"}).status == 0);
  CHECK(cluster.data("scan", {"--limit", "0"}).status == 2);
  CHECK(says(cluster.data("scan", {"--base64", "--to", "?"}), "--to '?': '?' at character 1"));
  CHECK(cluster.data("scan", {"--from", std::string(401, 'k')}).status == 2);
}

TEST_CASE("what was exported is imported elsewhere to the same bytes, whatever they are") {
  const CommandCluster from;
  const CommandCluster to({}, "d");
  REQUIRE(from.cluster("start").status == 0);
  REQUIRE(to.cluster("start").status == 0);
  std::mt19937 random(11);
  std::map<std::string, std::string> entries;  // in the order of unsigned bytes, as the cluster has it
  const auto bytes = [&](std::size_t least, std::size_t most) {
    constexpr std::string_view troublesome("\0\t\n\r\\ tnr\xff\x80", 11);
    std::string made(least + random() % (most - least + 1), '\0');
    for (char& byte : made) {
      byte = random() % 2 == 0 ? troublesome[random() % troublesome.size()] : static_cast<char>(random() % 256);
    }
    return made;
  };
  for (int put = 0; put < 8; ++put) {
    Arguments words = {"--hex"};
    for (int i = 0; i < 20; ++i) {
      const std::string key = bytes(1, 400);
      const std::string value = bytes(0, 3000);
      entries[key] = value;
      words.insert(words.end(), {to_hex(as_bytes(key)), to_hex(as_bytes(value))});
    }
    REQUIRE(from.data("put", words).status == 0);
  }
  const std::string file = from.directory() + "/export.tsv";
  const Ran exported = from.data("export", {file});
  CHECK(exported.status == 0);
  CHECK(says(exported, std::to_string(entries.size()) + " keys exported"));
  CHECK(says(exported, "not one snapshot"));
  CHECK_FALSE(std::filesystem::exists(file + ".partial"));
  CHECK(from.data("export", {}).out == content(file));
  REQUIRE(to.data("import", {file}).status == 0);
  CHECK(to.data("export", {"-"}).out == content(file));
  std::string expected;
  for (const auto& [key, value] : entries) expected += to_hex(as_bytes(key)) + "\t" + to_hex(as_bytes(value)) + "\n";
  CHECK(to.data("scan", {"--hex"}).out == expected);
}

TEST_CASE("a file has what was exported before until the export is whole") {
  const CommandCluster cluster;
  const std::string file = cluster.directory() + "/export.tsv";
  std::ofstream(file) << "before";
  CHECK(cluster.data("export", {file, "--timeout", "1"}).status == 3);  // nothing runs
  CHECK(content(file) == "before");
  CHECK_FALSE(std::filesystem::exists(file + ".partial"));
  REQUIRE(cluster.cluster("start").status == 0);
  REQUIRE(cluster.data("put", {"a", "1", "ab", "2", "b", "3"}).status == 0);
  const Ran json = cluster.data("export", {file, "--prefix", "a", "--json"});
  CHECK(json.status == 0);
  CHECK(json.out == "{\"exported\":2,\"pages\":1,\"snapshot\":true}\n");
  CHECK(content(file) == "a\t1\nab\t2\n");
  const Ran both = cluster.data("export", {"--json"});
  CHECK(both.out == "a\t1\nab\t2\nb\t3\n");
  CHECK(both.err == "{\"exported\":3,\"pages\":1,\"snapshot\":true}\n");
  CHECK(says(cluster.data("export", {"/dev/null"}), "/dev/null is no file"));
  CHECK(cluster.data("export", {cluster.directory() + "/missing/file"}).status == 2);
}

}  // namespace quorate::cluster_tests
