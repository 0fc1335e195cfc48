// A cluster on several machines, here directories that share nothing: keys made where they are used, names for hosts.
#include <doctest/doctest.h>
#include <netdb.h>

#include <sstream>

#include "client/command/hosts.h"
#include "crypto/key_file.h"
#include "tests/cluster/command_cluster.h"

namespace quorate::cluster_tests {
namespace {

std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }

/// A name of this machine, or its address where nothing resolves names: a bare root has no /etc/hosts.
std::string own_name() {
  addrinfo* found = nullptr;
  if (::getaddrinfo("localhost", nullptr, nullptr, &found) != 0) return "127.0.0.1";
  ::freeaddrinfo(found);
  return "localhost";
}

/// Stops what runs in it, whatever the test came to.
struct Machine {
  std::filesystem::path directory;
  ~Machine() { run("quorate", {"cluster", "kill", directory.string()}); }
};

}  // namespace

TEST_CASE("a cluster on several machines: keygen, hosts file, cluster.toml and one's own key for each") {
  const TemporaryDirectory root;
  const auto ports = free_ports(4);
  std::vector<Machine> machines(4);
  std::ostringstream hosts;
  hosts << "# replicas\n\n";
  for (std::uint32_t i = 0; i < 4; ++i) {
    machines[i].directory = root.path() / ("machine-" + std::to_string(i));
    const auto key = replica_key_path(machines[i].directory / "cluster.toml", ReplicaId(i));
    const Ran made = run("quorate", {"keygen", key.string()});
    REQUIRE(made.status == 0);
    hosts << (i == 1 ? "127.0.0.1" : own_name()) << ':' << ports[i] << ' ' << first_word(made.out) << '\n';
  }
  const auto laptop = root.path() / "laptop";
  const Ran client = run("quorate", {"keygen", (laptop / "client-1.key").string(), (root.path() / "other").string()});
  REQUIRE(client.status == 0);
  std::istringstream printed(client.out);
  std::string own;
  std::string others;
  std::getline(printed, own);
  std::getline(printed, others);
  std::ofstream(root.path() / "hosts.txt") << hosts.str();
  std::ofstream(root.path() / "clients.txt") << others << '\n' << own << '\n';  // with file names, as printed

  const auto office = root.path() / "office";
  const Ran created = run("quorate", {"cluster", "create", office.string(), "--hosts", root.path() / "hosts.txt",
                                      "--client-keys", root.path() / "clients.txt"});
  REQUIRE_MESSAGE(created.status == 0, created.err);
  CHECK(created.out.find("--init") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(office / "replica-0"));
  CHECK_FALSE(std::filesystem::exists(office / "client-0.key"));
  std::filesystem::copy(office / "cluster.toml", laptop);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto& directory = machines[i].directory;
    std::filesystem::copy(office / "cluster.toml", directory);
    const std::string file = (directory / "cluster.toml").string();
    CHECK(run("quorate-replica", {"--cluster", file, "--id", std::to_string(i), "--init"}).status == 0);
    const std::string listen = i == 1 ? "0.0.0.0" : own_name();
    const Ran started = run("quorate", {"cluster", "start", directory.string(), "--listen", listen});
    CHECK_MESSAGE(started.status == 0, started.err);
    CHECK(started.out == "1 replica started, 0 ran already\n");
  }
  CHECK(run("quorate", {"cluster", "wait", laptop.string(), "--healthy"}).status == 0);
  CHECK(run("quorate", {"put", "--cluster", laptop.string(), "k", "v"}).status == 0);
  CHECK(run("quorate", {"get", "--cluster", laptop.string(), "k"}).out == "v");
  // What is not here is neither touched nor asked for its process.
  CHECK(run("quorate", {"cluster", "stop", laptop.string()}).status == 0);
  CHECK(run("quorate", {"cluster", "stop", laptop.string(), "2"}).status == 2);
  CHECK(run("quorate", {"cluster", "stop", machines[2].directory.string()}).status == 0);
  const Ran status = run("quorate", {"cluster", "status", laptop.string()});
  CHECK(status.status == 0);
  CHECK(status.out.find("does not answer; it is not on this machine") != std::string::npos);
  const Ran no_client = run("quorate", {"cluster", "status", machines[0].directory.string()});
  CHECK(no_client.status == 2);
  CHECK(says(no_client, "no client key"));
}

TEST_CASE("create says which line of a hosts file or key file is wrong, and leaves nothing behind") {
  const TemporaryDirectory root;
  const auto directory = root.path() / "c";
  const auto hosts = root.path() / "hosts";
  const std::string key(64, 'a');
  const auto create = [&](const std::string& text, const Arguments& more = {}) {
    std::ofstream(hosts, std::ios::trunc) << text;
    Arguments arguments = {"cluster", "create", directory.string(), "--hosts", hosts.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = run("quorate", arguments);
    CHECK(ran.status == 2);
    CHECK_FALSE(std::filesystem::exists(directory));
    return ran.err;
  };
  CHECK(create("a\nb\nc\nd:0\n").find("hosts:4:") != std::string::npos);
  CHECK(create("a\n\nb:7000 xyz\n").find("hosts:3:") != std::string::npos);
  CHECK(create("a:1\na:1\n").find("hosts:2: two replicas") != std::string::npos);
  CHECK(create("a\nb\nc\n").find("number of replicas") != std::string::npos);
  CHECK(create("a\nb\nc\nd\n", {"--replicas", "5"}).find("4 hosts for 5") != std::string::npos);
  CHECK(create("a " + key + "\nb " + key + "\nc\nd\n").find("same public key") != std::string::npos);
  std::ofstream(root.path() / "keys") << key << " name\nnonsense\n";
  CHECK(create("a\nb\nc\nd\n", {"--client-keys", root.path() / "keys"}).find("keys:2:") != std::string::npos);
  CHECK(create("a\nb\nc\nd\n", {"--client-keys", root.path() / "absent"}).find("absent") != std::string::npos);
}

TEST_CASE("hosts: names, addresses, ports and their defaults") {
  const auto hosts =
      command::parse_hosts("alpha\nbeta:9000\n[::1]:9001\n[fe80::1]\n10.0.0.1 " + std::string(64, 'b'), "hosts", 7000);
  REQUIRE(hosts);
  REQUIRE(hosts->size() == 5);
  const std::vector<Address> wanted = {
      {"alpha", 7000}, {"beta", 9000}, {"::1", 9001}, {"fe80::1", 7003}, {"10.0.0.1", 7004}};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK((*hosts)[i].address == wanted[i]);
    CHECK((*hosts)[i].key.has_value() == (i == 4));
  }
  for (const char* wrong : {"a:", "a:x", "a:65536", "a:-1", "[::1", "[::1]x", "::1", ":7000", "[]", "a b c"}) {
    CAPTURE(wrong);
    CHECK_FALSE(command::parse_hosts(wrong, "hosts", 7000));
  }
}

TEST_CASE("keygen: mode 0600, never overwritten, the public key of what is in the file") {
  const TemporaryDirectory root;
  const auto file = root.path() / "deep" / "er" / "key";
  const Ran made = run("quorate", {"keygen", file.string(), "--json"});
  CHECK(made.status == 0);
  const auto seed = read_key_file(file);  // refuses any mode but 0600
  REQUIRE(seed);
  CHECK(made.out == R"({"keys":[{"file":")" + file.string() + R"(","public_key":")" +
                        to_hex(Ed25519Signer(*seed).public_key().bytes) + "\"}]}\n");
  CHECK(run("quorate", {"keygen", file.string()}).status == 2);
  CHECK(read_key_file(file)->bytes() == seed->bytes());
  CHECK(run("quorate", {"keygen"}).status == 2);
}

TEST_CASE("a cluster at names serves") {
  const TemporaryDirectory root;
  const auto ports = free_ports(4);
  std::ofstream(root.path() / "hosts") << own_name() << ':' << ports[0] << "\n127.0.0.1:" << ports[1] << '\n'
                                       << own_name() << ':' << ports[2] << "\n127.0.0.1:" << ports[3] << '\n';
  const CommandCluster cluster({"--hosts", root.path() / "hosts", "--clients", "1"});
  const Ran elsewhere = cluster.cluster("start", {"--listen", "203.0.113.1"});  // kept for documentation: nobody has it
  CHECK(elsewhere.status == 3);
  CHECK(says(elsewhere, "--listen"));
  const Ran unknown = cluster.cluster("start", {"--listen", "no-such-host.invalid"});
  CHECK(unknown.status == 3);
  CHECK(says(unknown, "host not found"));
  CHECK(cluster.cluster("start").out == "4 replicas started, 0 ran already\n");
  CHECK(cluster.data("put", {"k", "v"}).status == 0);
}

}  // namespace quorate::cluster_tests
