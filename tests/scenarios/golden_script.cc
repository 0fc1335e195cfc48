#include "tests/scenarios/golden_script.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "tests/scenarios/golden_narrator.h"
#include "tests/scenarios/scene.h"

namespace quorate::simulation {
namespace {

using Words = std::vector<std::string>;
using Replicas = std::vector<std::uint32_t>;

/// What a script calls a message, and what the trace does when it is lost; others have no name.
std::string name_of(const Message& message) {
  static const std::map<MessageType, std::string> names = {
      {MessageType::request, "request"},         {MessageType::pre_prepare, "pre-prepare"},
      {MessageType::prepare, "prepare"},         {MessageType::commit, "commit"},
      {MessageType::checkpoint, "checkpoint"},   {MessageType::stable_checkpoint, "proof"},
      {MessageType::view_change, "view-change"}, {MessageType::new_view, "new-view"},
      {MessageType::committed_batch, "batch"},   {MessageType::body, "body"},
      {MessageType::status, "status"},           {MessageType::state_offer, "offer"}};
  const auto found = names.find(type_of(message));
  return found == names.end() ? "" : found->second;
}

/// Told when lost: the protocol itself, not what repeats it.
bool worth_telling(const std::string& name) {
  static const std::set<std::string> told = {"pre-prepare", "prepare",     "commit",
                                             "checkpoint",  "view-change", "new-view"};
  return told.contains(name);
}

std::uint64_t number(const std::string& word) {
  std::uint64_t value = 0;
  for (const char c : word) {
    if (c < '0' || c > '9' || value > 1'000'000) throw ScriptError("'" + word + "' is no number");
    value = 10 * value + static_cast<std::uint64_t>(c - '0');
  }
  if (word.empty()) throw ScriptError("a number is missing");
  return value;
}

struct Loss {
  std::string what;  // empty: everything
  std::optional<std::uint64_t> n;
  std::set<Node> from;  // empty: from anybody
  std::set<Node> to;
  bool either_end = false;  // `from` may stand at either end

  bool takes(Node sender, Node receiver, const Message& message) const {
    if (either_end) return from.contains(sender) || from.contains(receiver);
    if (!what.empty() && name_of(message) != what) return false;
    if (n && vote_header(message, ReplicaId()).value_or(VoteHeader()).n.value != *n) return false;
    return (from.empty() || from.contains(sender)) && (to.empty() || to.contains(receiver));
  }
};

/// One cluster, from `cluster` to `end`.
class Section {
 public:
  explicit Section(std::uint32_t replicas)
      : scene_(0, [replicas](Plan& plan) { plan.replicas = replicas; }), replicas_(replicas) {
    auto narrator = std::make_unique<Narrator>();
    narrator_ = narrator.get();
    scene_.world().observers.push_back(std::move(narrator));
    scene_.lose([this](Node from, Node to, const Message& message) { return loses(from, to, message); });
    scene_.cluster().start();
  }

  void play(const Words& words) {
    using Command = void (Section::*)(const Words&);
    static const std::map<std::string, Command> commands = {
        {"submit", &Section::submit},   {"lose", &Section::lose},       {"cut", &Section::cut},
        {"deliver", &Section::deliver}, {"crash", &Section::crash},     {"restart", &Section::restart},
        {"hold", &Section::hold},       {"release", &Section::release}, {"until", &Section::until},
        {"run", &Section::run},         {"end", &Section::end}};
    const auto found = commands.find(words.front());
    if (found == commands.end()) throw ScriptError("unknown command '" + words.front() + "'");
    (this->*found->second)({words.begin() + 1, words.end()});
  }
  std::vector<std::string> tell() {
    for (std::uint32_t i = 0; i < replicas_; ++i) {
      for (const NumberedRecord& record : scene_.host(i).disk().unforced()) {
        if (const auto* mark = std::get_if<CommittedRecord>(&record.record)) narrator_->committed(ReplicaId(i), *mark);
      }
    }
    std::vector<std::string> lines = narrator_->tell();
    if (ended_) {
      for (const std::string& line : standing()) lines.push_back(line);
    }
    return lines;
  }
  bool ended() const { return ended_; }

 private:
  static void expect(const Words& words, std::size_t least, std::size_t most) {
    if (words.size() < least || words.size() > most) throw ScriptError("too few or too many words");
  }

  Replicas who(const std::string& word) const {
    Replicas chosen;
    if (word == "all") {
      for (std::uint32_t i = 0; i < replicas_; ++i) chosen.push_back(i);
      return chosen;
    }
    std::istringstream parts(word);
    for (std::string part; std::getline(parts, part, ',');) {
      const std::size_t dash = part.find('-');
      const std::uint64_t first = number(part.substr(0, dash));
      const std::uint64_t last = dash == std::string::npos ? first : number(part.substr(dash + 1));
      if (first > last || last >= replicas_) throw ScriptError("'" + word + "' are no replicas");
      for (std::uint64_t i = first; i <= last; ++i) chosen.push_back(static_cast<std::uint32_t>(i));
    }
    return chosen;
  }
  std::set<Node> nodes(const std::string& word) const {
    if (word == "client") return {replicas_};
    const Replicas chosen = who(word);
    return {chosen.begin(), chosen.end()};
  }
  Host& up(std::uint32_t replica) {
    if (!scene_.host(replica).up()) throw ScriptError("replica " + std::to_string(replica) + " is down");
    return scene_.host(replica);
  }

  bool loses(Node from, Node to, const Message& message) {
    for (const Loss& loss : losses_) {
      if (!loss.takes(from, to, message)) continue;
      const std::string name = name_of(message);
      if (worth_telling(name)) narrator_->lost(from, to, name);
      return true;
    }
    return false;
  }

  void submit(const Words& words) {
    expect(words, 1, 1);
    for (std::uint64_t i = number(words[0]); i != 0; --i) scene_.cluster().client(0).one_more();
  }
  void lose(const Words& words) {
    expect(words, 1, 6);
    static const std::set<std::string> names = {"request", "pre-prepare", "prepare",  "commit", "checkpoint",
                                                "proof",   "view-change", "new-view", "batch",  "body",
                                                "status",  "offer",       "all"};
    if (!names.contains(words[0])) throw ScriptError("'" + words[0] + "' is no message");
    Loss loss{words[0] == "all" ? "" : words[0], {}, {}, {}};
    std::size_t i = 1;
    if (i < words.size() && words[i] != "from" && words[i] != "to") loss.n = number(words[i++]);
    for (; i + 1 < words.size(); i += 2) {
      if (words[i] != "from" && words[i] != "to") throw ScriptError("'" + words[i] + "' is neither 'from' nor 'to'");
      (words[i] == "from" ? loss.from : loss.to) = nodes(words[i + 1]);
    }
    if (i != words.size()) throw ScriptError("'" + words[i] + "' of whom?");
    losses_.push_back(loss);
  }
  void cut(const Words& words) {
    expect(words, 1, 1);
    losses_.push_back({"", {}, nodes(words[0]), {}, true});
  }
  void deliver(const Words& words) {
    expect(words, 0, 0);
    losses_.clear();
  }
  void crash(const Words& words) {
    expect(words, 1, 1);
    for (const std::uint32_t i : who(words[0])) scene_.cluster().crash(up(i).id());
  }
  void restart(const Words& words) {
    expect(words, 1, 1);
    for (const std::uint32_t i : who(words[0])) {
      if (scene_.host(i).up()) throw ScriptError("replica " + std::to_string(i) + " is up");
      scene_.cluster().restart(ReplicaId(i));
    }
  }
  void hold(const Words& words) {
    static const std::map<std::string, Host::MayForce> at = {{"accepted", none_of<AcceptedRecord>},
                                                             {"prepared", none_of<PreparedRecord>},
                                                             {"view-change", none_of<ViewChangeRecord>},
                                                             {"new-view", none_of<NewViewRecord>}};
    expect(words, 2, 2);
    const auto record = at.find(words[1]);
    if (record == at.end()) throw ScriptError("'" + words[1] + "' is no record");
    for (const std::uint32_t i : who(words[0])) scene_.host(i).hold_forces(record->second);
  }
  void release(const Words& words) {
    expect(words, 1, 1);
    for (const std::uint32_t i : who(words[0])) scene_.host(i).release_forces();
  }
  void until(const Words& words) {
    expect(words, 1, 4);
    if (words.size() == 1 && words[0] == "answered") {
      return scene_.run_until([&] { return scene_.client_done(); }, "every request is answered");
    }
    expect(words, 4, 4);
    if (words[2] != "at") throw ScriptError("'" + words[2] + "' where 'at' was expected");
    const std::uint64_t value = number(words[1]);
    const auto holds = condition(words[0], value);
    const Replicas where = who(words[3]);
    for (const std::uint32_t i : where) up(i);
    scene_.run_until([&] { return scene_.all(where, holds); }, "what the script waits for");
  }
  std::function<bool(std::uint32_t)> condition(const std::string& word, std::uint64_t value) {
    const SequenceNumber n(value);
    if (word == "accepts") return [=, this](auto i) { return scene_.host(i).disk().log().accepted.contains(n); };
    if (word == "prepares") return [=, this](auto i) { return scene_.host(i).disk().log().prepared.contains(n); };
    if (word == "executes") return [=, this](auto i) { return scene_.executed(i) >= n; };
    if (word == "stable") return [=, this](auto i) { return scene_.host(i).status().low_watermark >= n; };
    if (word == "view") return [=, this](auto i) { return scene_.active(i) && scene_.view(i) == View(value); };
    if (word == "left-for") return [=, this](auto i) { return !scene_.active(i) && scene_.view(i) == View(value); };
    throw ScriptError("'" + word + "' is nothing to wait for");
  }
  void run(const Words& words) {
    expect(words, 1, 1);
    scene_.run_for(1'000 * number(words[0]));
  }
  void end(const Words& words) {
    expect(words, 0, 0);
    scene_.end_well();
    scene_.serve_one_more();
    scene_.run_until([&] { return scene_.cluster().all_agree(); }, "all replicas agree");
    ended_ = true;
  }
  std::vector<std::string> standing() {
    std::map<std::string, std::set<std::uint64_t>> groups;
    for (std::uint32_t i = 0; i < replicas_; ++i) {
      const CoreStatus status = scene_.host(i).status();
      groups["view " + std::to_string(status.view.value) + (status.active ? "" : ", not active") + ", executed " +
             std::to_string(status.last_executed.value) + ", stable at " + std::to_string(status.low_watermark.value)]
          .insert(i);
    }
    std::vector<std::string> lines;
    for (const auto& [text, replicas] : groups) lines.push_back("at the end " + ranges(replicas) + ": " + text);
    return lines;
  }

  Scene scene_;
  std::uint32_t replicas_;
  Narrator* narrator_;  // one of the world's observers
  std::vector<Loss> losses_;
  bool ended_ = false;
};

Words words_of(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

void play(const Words& words, std::unique_ptr<Section>& section) {
  const bool running = section && !section->ended();
  if (words.front() != "cluster") {
    if (!running) throw ScriptError("'" + words.front() + "' without a cluster");
    return section->play(words);
  }
  if (running) throw ScriptError("the cluster before this one has no 'end'");
  if (words.size() != 2) throw ScriptError("'cluster' takes the number of replicas");
  const std::uint64_t replicas = number(words[1]);
  if (replicas < 4 || replicas > 16) throw ScriptError("a cluster has 4 to 16 replicas here");
  section = std::make_unique<Section>(static_cast<std::uint32_t>(replicas));
}

}  // namespace

std::string replay(const std::string& file) {
  std::unique_ptr<Section> section;
  std::string text;
  std::istringstream in(file);
  std::size_t at = 0;
  for (std::string line; std::getline(in, line);) {
    ++at;
    if (line.rfind("  ", 0) == 0) continue;  // the trace as it was
    text += line + '\n';
    if (line.empty() || line[0] == '#') continue;
    const std::string place = "line " + std::to_string(at) + ", '" + line + "': ";
    try {
      play(words_of(line), section);
    } catch (const ScriptError& error) {
      throw ScriptError(place + error.what());
    } catch (const Broken& broken) {
      throw Broken(place + broken.what());
    }
    for (const std::string& told : section->tell()) text += "  " + told + '\n';
  }
  if (!section) throw ScriptError("no script in it");
  if (!section->ended()) throw ScriptError("the last cluster has no 'end'");
  return text;
}

std::string difference(const std::string& expected, const std::string& actual) {
  if (expected == actual) return "";
  const auto lines_of = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  };
  const std::vector<std::string> old = lines_of(expected);
  const std::vector<std::string> now = lines_of(actual);
  // common[i][j]: the longest common subsequence of what follows i and j.
  std::vector<std::vector<std::size_t>> common(old.size() + 1, std::vector<std::size_t>(now.size() + 1));
  for (std::size_t i = old.size(); i-- > 0;) {
    for (std::size_t j = now.size(); j-- > 0;) {
      common[i][j] = old[i] == now[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::string text;
  for (std::size_t i = 0, j = 0; i < old.size() || j < now.size();) {
    if (i < old.size() && j < now.size() && old[i] == now[j]) {
      if (old[i].rfind("  ", 0) != 0) text += "  " + old[i] + '\n';
      ++i, ++j;
    } else if (j == now.size() || (i < old.size() && common[i + 1][j] >= common[i][j + 1])) {
      text += "- " + old[i++] + '\n';
    } else {
      text += "+ " + now[j++] + '\n';
    }
  }
  return text.empty() ? "the ends of the files differ\n" : text;
}

}  // namespace quorate::simulation
