// Every exit status that a command's --help names is brought about here, and no command has one that its page does not
// name.
#include <doctest/doctest.h>

#include <future>
#include <map>
#include <set>
#include <sstream>

#include "tests/cluster/command_cluster.h"
#include "tests/cluster/command_lines.h"
#include "tests/cluster/stranger.h"

namespace quorate::cluster_tests {
namespace {

/// A command line without the cluster that it is about.
struct Call {
  Arguments words;
  std::string input = "";
  std::string name() const { return words[0] == "cluster" ? words[0] + ' ' + words[1] : words[0]; }
};

class Statuses {
 public:
  explicit Statuses(std::string directory) : directory_(std::move(directory)) {}

  /// Runs them, all at once, on the cluster; each must end with this status.
  void end_with(int status, const std::vector<Call>& calls) {
    std::vector<std::future<Ran>> running;
    for (const Call& call : calls) {
      running.push_back(
          std::async(std::launch::async, [&] { return run("quorate", on_cluster(call.words), call.input); }));
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const Ran ran = running[i].get();
      CHECK_MESSAGE(ran.status == status, calls[i].name(), ": ", ran.status, " ", ran.err);
      seen_[calls[i].name()].insert(ran.status);
    }
  }
  void note(const std::string& name, int status) { seen_[name].insert(status); }
  const std::map<std::string, std::set<int>>& seen() const { return seen_; }

 private:
  /// `cluster COMMAND DIR …` and `COMMAND --cluster DIR …`.
  Arguments on_cluster(Arguments words) const {
    if (words[0] == "keygen" || words[0] == "traitors") return words;
    if (words[0] == "cluster") {
      words.insert(words.begin() + 2, directory_);
    } else {
      words.insert(words.begin() + 1, {"--cluster", directory_});
    }
    return words;
  }
  std::string directory_;
  std::map<std::string, std::set<int>> seen_;
};

const std::string increment = R"({"then": [{"add": "n", "delta": 1}]})";

/// One of each command that sends operations and needs an answer.
std::vector<Call> data_calls(const std::string& timeout) {
  std::vector<Call> calls = {{{"put", "k", "v"}},         {{"get", "k"}}, {{"delete", "k"}},
                             {{"add", "n", "1"}},         {{"scan"}},     {{"txn", "-"}, increment},
                             {{"import", "-"}, "k\tv\n"}, {{"export"}}};
  for (Call& call : calls) call.words.insert(call.words.end(), {"--timeout", timeout});
  return calls;
}

std::vector<Call> cluster_calls() {
  return {{{"cluster", "start"}},
          {{"cluster", "status"}},
          {{"cluster", "wait", "--healthy"}},
          {{"cluster", "logs"}},
          {{"cluster", "stop"}},
          {{"cluster", "kill"}},
          {{"cluster", "pause"}},
          {{"cluster", "resume"}},
          {{"cluster", "restart"}},
          {{"cluster", "backup", "/nonexistent/copy"}},
          {{"cluster", "restore", "/nonexistent/copy"}},
          {{"cluster", "wipe", "3", "--yes"}},
          {{"cluster", "destroy"}}};
}

void nowhere(Statuses& all) {
  Statuses here("/nonexistent/c");
  here.end_with(2, data_calls("1"));
  here.end_with(2, cluster_calls());
  here.end_with(
      2, {{{"outcome", "nonsense"}}, {{"ledger"}}, {{"bench"}}, {{"keygen", "/proc/key"}}, {{"traitors", "all"}}});
  here.end_with(2, {{{"cluster", "create", "--replicas", "3"}}});
  for (const auto& [name, statuses] : here.seen()) all.note(name, *statuses.begin());
}

void stopped(Statuses& all, const CommandCluster& cluster) {
  all.end_with(3, data_calls("1"));
  all.end_with(3, {{{"ledger", "--timeout", "1"}}});
  all.end_with(4, {{{"bench", "--seconds", "1", "--warmup", "0", "--timeout", "1"}}});
  all.end_with(3, {{{"cluster", "status"}}, {{"cluster", "wait", "--healthy", "--timeout", "0"}}});
  all.end_with(1, {{{"cluster", "logs"}}, {{"cluster", "kill"}}, {{"cluster", "pause"}}, {{"cluster", "resume"}}});
  all.end_with(0, {{{"cluster", "stop"}}});
  {
    const auto file = read_cluster_file(cluster.file());
    REQUIRE(file);
    asio::io_context context(1);
    const asio::ip::tcp::acceptor held(context, {asio::ip::address_v4::loopback(), file->addresses[1].port});
    all.end_with(3, {{{"cluster", "start"}}});
    all.end_with(3, {{{"cluster", "restart"}}});
  }
  const Stranger deaf;
  write_pid(cluster, 2, std::to_string(deaf.pid()) + " " + deaf.start_ticks() + " " + boot_id());
  for (const char* command : {"stop", "restart", "destroy"}) {
    all.end_with(4, {{{"cluster", command, "--timeout", "0"}}});
  }
  all.end_with(0, {{{"cluster", "kill", "2"}}});
}

void running(Statuses& all, const std::filesystem::path& aside) {
  all.end_with(0, {{{"cluster", "start"}}});
  for (const Call& call : data_calls("30")) all.end_with(0, {call});
  all.end_with(0, {{{"put", "word", "no number"}}});
  all.end_with(0, {{{"ledger"}}});
  all.end_with(1, {{{"put", "--if-absent", "word", "w"}},
                   {{"get", "absent"}},
                   {{"delete", "absent"}},
                   {{"add", "word", "1"}},
                   {{"ledger", "--from", "1000000"}},
                   {{"txn", "-"}, R"({"conditions": [{"key": "n", "at_least": 1000}]})"}});
  all.end_with(0, {{{"bench", "--clients", "1", "--seconds", "1", "--warmup", "0", "--keys", "10"}}});
  all.end_with(0, {{{"cluster", "status"}}, {{"cluster", "logs"}}, {{"cluster", "wait", "--healthy"}}});
  all.end_with(0, {{{"cluster", "backup", (aside / "copy").string()}}});
  all.end_with(1, {{{"cluster", "restore", (aside / "copy").string()}}, {{"cluster", "wipe", "3", "--yes"}}});
  for (const char* command : {"pause", "resume", "restart", "kill"}) all.end_with(0, {{{"cluster", command}}});
  all.end_with(0, {{{"cluster", "restore", (aside / "copy").string()}}});
}

std::string handle_in(const Ran& ran) { return ran.out.substr(0, ran.out.find('\n')); }

/// Operations that leave and are not answered, and how they ended.
void unanswered(Statuses& all, const CommandCluster& cluster) {
  const NoViewChange patient;
  all.end_with(0, {{{"cluster", "start"}}, {{"cluster", "wait", "--healthy"}}});
  all.end_with(0, {{{"cluster", "pause", "0"}}});
  all.end_with(4, data_calls("4"));
  const Ran arrived = cluster.data("put", {"arrived", "yes", "--timeout", "4"});
  all.end_with(0, {{{"cluster", "resume", "0"}}});
  REQUIRE(comes_true([&] { return cluster.data("get", {"arrived"}).out == "yes"; }));
  all.end_with(0, {{{"outcome", handle_in(arrived)}}});
  // The others hold it in memory only, until somebody orders it.
  all.end_with(0, {{{"cluster", "pause", "0"}}});
  const Ran lost = cluster.data("put", {"lost", "yes", "--timeout", "4"});
  all.end_with(4, {{{"outcome", handle_in(lost), "--timeout", "1"}}});
  all.end_with(0, {{{"cluster", "kill"}}});
  all.end_with(0, {{{"cluster", "start"}}});
  all.end_with(1, {{{"outcome", handle_in(lost)}}});
}

/// What a page says, and of the commands below it.
void read_page(HelpPages& pages, const Words& command, std::map<std::string, std::set<int>>& named) {
  const std::string& page = pages.of(command);
  const auto below = pages.commands_in(page);
  for (const std::string& sub : below) {
    Words longer = command;
    longer.push_back(sub);
    read_page(pages, longer, named);
  }
  if (!below.empty()) return;
  std::string name;
  for (std::size_t i = 1; i < command.size(); ++i) name += (i > 1 ? " " : "") + command[i];
  std::istringstream lines(page.substr(page.find("\nExit status:\n") + 1));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && !line.empty()) {
    if (line.size() > 4 && line.compare(0, 2, "  ") == 0 && line[2] >= '0' && line[2] <= '9')
      named[name].insert(line[2] - '0');
  }
}

std::string listed(const std::set<int>& statuses) {
  std::string text;
  for (const int status : statuses) text += std::to_string(status) + ' ';
  return text;
}

}  // namespace

TEST_CASE("every exit status that a page names is seen, and no other") {
  const TemporaryDirectory aside;
  const CommandCluster cluster;
  Statuses all(cluster.directory());
  nowhere(all);
  all.end_with(0, {{{"keygen", (aside.path() / "key").string()}}, {{"traitors"}}});
  Statuses another((aside.path() / "another").string());
  another.end_with(0, {{{"cluster", "create"}}});
  all.note("cluster create", 0);
  stopped(all, cluster);
  running(all, aside.path());
  unanswered(all, cluster);
  all.end_with(0, {{{"cluster", "stop"}}});
  all.end_with(0, {{{"cluster", "wipe", "3", "--yes"}}});
  all.end_with(1, {{{"cluster", "wipe", "3", "--yes"}}});
  all.end_with(0, {{{"cluster", "start", "3"}}, {{"cluster", "restart", "3"}}});
  all.end_with(0, {{{"cluster", "destroy"}}});

  HelpPages pages;
  std::map<std::string, std::set<int>> named;
  read_page(pages, {"quorate"}, named);
  CHECK(named.size() > 20);
  for (const auto& [name, statuses] : named) {
    const auto seen = all.seen().find(name);
    REQUIRE_MESSAGE(seen != all.seen().end(), name, " was not tried");
    const bool same = seen->second == statuses;
    CHECK_MESSAGE(same, name, ": the page names ", listed(statuses), ", seen were ", listed(seen->second));
  }
  for (const auto& [name, statuses] : all.seen()) CHECK_MESSAGE(named.contains(name), name, " has no page");
}

}  // namespace quorate::cluster_tests
