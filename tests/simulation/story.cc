#include "tests/simulation/story.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>

#include "tests/simulation/invariants/text.h"

namespace quorate::simulation {
namespace {

constexpr std::size_t steps_kept = 4'000;
constexpr std::size_t steps_told = 16;
constexpr std::size_t turns_told = 24;
constexpr std::size_t examples_told = 3;

struct What {
  std::string text;
  std::optional<SequenceNumber> n;
};

template <typename Vote>
What vote(const char* type, const Vote& v) {
  return {std::string(type) + " for " + name(v.view) + ", " + name(v.n) + ", " + name(v.digest), v.n};
}

struct Teller {
  What operator()(const PrePrepare& m) const { return vote("PRE-PREPARE", m.header); }
  What operator()(const Prepare& m) const { return vote("PREPARE", m); }
  What operator()(const Commit& m) const { return vote("COMMIT", m); }
  What operator()(const Checkpoint& m) const { return {"CHECKPOINT for " + name(m.n) + ", root " + name(m.root), m.n}; }
  What operator()(const StableCheckpoint& m) const { return {"the proof of h, " + name(m.n), m.n}; }
  What operator()(const CommittedBatch& m) const {
    return {"the decided batch of " + name(m.certificate.n) + ", " + name(m.certificate.digest), m.certificate.n};
  }
  What operator()(const ViewChangePtr& m) const {
    std::string listed;
    for (const PreparedCertificate& p : m->prepared) listed += (listed.empty() ? ", P: " : ", ") + name(p.header.n);
    return {"VIEW-CHANGE to " + name(m->view) + listed, std::nullopt};
  }
  What operator()(const NewViewPtr& m) const { return {"NEW-VIEW of " + name(m->view), std::nullopt}; }
  What operator()(const StateParts& m) const { return {"parts of the state at " + name(m.n), std::nullopt}; }
  What operator()(const Replies&) const { return {"replies to a client", std::nullopt}; }
  What operator()(const Status&) const { return {"its STATUS", std::nullopt}; }
  template <typename Other>
  What operator()(const Other&) const {
    return {};
  }
};

/// Of messages that move something; empty for the others.
What told(const Message& message) { return std::visit(Teller{}, message); }

/// The slot that a broken invariant names.
std::optional<SequenceNumber> slot_in(const std::string& broken) {
  const std::size_t found = broken.find("n = ");
  if (found == std::string::npos) return std::nullopt;
  const std::uint64_t n = std::strtoull(broken.c_str() + found + 4, nullptr, 10);
  return n == 0 ? std::nullopt : std::optional(SequenceNumber(n));
}

}  // namespace

/// Hears what invariants hear, before they do.
class Chronicle::Ear final : public Observer {
 public:
  explicit Ear(Chronicle& chronicle) : chronicle_(chronicle) {}

  void executed(ReplicaId replica, const Execute& slot, const ExecutedBatch& outcome) override {
    chronicle_.step({0,
                     name(replica),
                     {},
                     "executes " + name(slot.n) + ", " + name(slot.digest) + ", with " +
                         std::to_string(outcome.leaves.size()) + " operations",
                     slot.n});
  }
  void crashed(ReplicaId replica) override { chronicle_.turn(replica, "crashes"); }
  void lost(ReplicaId replica, bool rolled_back) override {
    chronicle_.turn(replica, rolled_back ? "gets an older copy of its disk" : "loses its disk");
  }
  void restarted(ReplicaId replica, SequenceNumber state) override {
    if (starts_[replica]++ != 0) chronicle_.turn(replica, "starts again with the state of " + name(state));
  }
  void installed(ReplicaId replica, SequenceNumber n) override {
    chronicle_.turn(replica, "has fetched the state of " + name(n));
  }
  void looked_at(ReplicaId replica, const CoreStatus& status) override {
    Standing& known = standings_[replica];
    if (status.mute.has_value() != known.mute) {
      chronicle_.turn(replica, status.mute ? "is mute: it may have forgotten votes" : "votes again");
      known.mute = status.mute.has_value();
    }
    if (status.view == known.view && status.active == known.active) return;
    chronicle_.turn(replica, (status.active ? "is active in " : "asks for ") + name(status.view));
    known.view = status.view;
    known.active = status.active;
  }

 private:
  struct Standing {
    View view;
    bool active = true;
    bool mute = false;
  };
  Chronicle& chronicle_;
  std::map<ReplicaId, int> starts_;
  std::map<ReplicaId, Standing> standings_;
};

Chronicle::Chronicle(Cluster& cluster) : cluster_(cluster) {
  auto& observers = cluster.world().observers;
  observers.insert(observers.begin(), std::make_unique<Ear>(*this));
  cluster.network().filter([this](Node from, Node to, const Message& message) {
    sent(from, to, message);
    return true;
  });
}

void Chronicle::sent(Node from, Node to, const Message& message) {
  const std::uint32_t replicas = cluster_.world().plan.replicas;
  if (from >= replicas || to == from) return;
  What what = told(message);
  if (what.text.empty()) return;
  look_at_liars(what.text + " to " + name_of(to));
  const bool small_talk = std::holds_alternative<Replies>(message) || std::holds_alternative<Status>(message);
  if (small_talk) return;
  const std::uint64_t now_us = cluster_.world().events.now_us();
  for (auto last = steps_.rbegin(); last != steps_.rend() && last->at_us == now_us; ++last) {
    if (last->who != name_of(from) || last->what != what.text || last->to.empty()) continue;
    if (std::find(last->to.begin(), last->to.end(), to) == last->to.end()) last->to.push_back(to);
    return;
  }
  step({0, name_of(from), {to}, std::move(what.text), what.n});
}

/// Who has acted since it was last looked at: `what` is the last thing that was said.
void Chronicle::look_at_liars(const std::string& what) {
  for (std::uint32_t i = 0; i < cluster_.world().plan.replicas; ++i) {
    Host& host = cluster_.host(i);
    if (host.loyal()) continue;
    for (const traitors::Band::Member& member : host.band().members()) {
      Lie& lie = lies_[{host.id(), member.posting.kind->number}];
      if (lie.acts == member.acts) continue;
      if (lie.acts == 0) lie.first_us = cluster_.world().events.now_us();
      lie.last_us = cluster_.world().events.now_us();
      lie.acts = member.acts;
      if (lie.examples.size() < examples_told) lie.examples.push_back(what);
    }
  }
}

void Chronicle::turn(ReplicaId replica, const std::string& what) {
  turns_.push_back(at(cluster_.world().events.now_us()) + name_of(replica.value) + " " + what);
}

void Chronicle::step(Step step) {
  step.at_us = cluster_.world().events.now_us();
  steps_.push_back(std::move(step));
  if (steps_.size() > steps_kept) steps_.pop_front();
}

std::string Chronicle::at(std::uint64_t us) const {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%10.6f s  ", static_cast<double>(us) / 1e6);
  return text.data();
}

std::string Chronicle::name_of(Node node) const {
  const std::uint32_t replicas = cluster_.world().plan.replicas;
  if (node >= replicas) return "client " + std::to_string(node - replicas);
  return (cluster_.host(node).loyal() ? "replica " : "traitor ") + std::to_string(node);
}

std::string Chronicle::tell(const std::string& broken) const {
  const World& world = cluster_.world();
  std::ostringstream out;
  const std::string invariant = invariant_of(broken);
  out << "After " << world.totals.operations << " answered operations, " << at(world.events.now_us()).substr(0, 12)
      << " into the run, an invariant broke:\n  " << broken << '\n';
  if (!sentence_of(invariant).empty()) out << "  " << invariant << " says: " << sentence_of(invariant) << '\n';

  out << "\nThe traitors:\n";
  for (const auto& [who, lie] : lies_) {
    if (lie.acts == 0) continue;
    const auto& kinds = traitors::all_kinds();
    const auto kind =
        std::find_if(kinds.begin(), kinds.end(), [number = who.second](const auto& k) { return k.number == number; });
    out << "  replica " << who.first.value << ", T" << who.second << ": " << kind->description << "\n    acted "
        << lie.acts << " times, first" << at(lie.first_us) << "and last" << at(lie.last_us) << "around:\n";
    for (const std::string& example : lie.examples) out << "      " << example << '\n';
  }
  if (lies_.empty()) out << "  none\n";

  out << "\nCrashes and views:\n";
  if (turns_.empty()) out << "  none\n";
  const std::size_t from = turns_.size() > turns_told ? turns_.size() - turns_told : 0;
  if (from != 0) out << "  (" << from << " before these)\n";
  for (std::size_t i = from; i < turns_.size(); ++i) out << turns_[i] << '\n';

  const auto n = slot_in(broken);
  out << "\nThe last steps" << (n ? " for " + name(*n) : std::string()) << ":\n";
  std::vector<const Step*> chosen;
  for (auto one = steps_.rbegin(); one != steps_.rend() && chosen.size() < steps_told; ++one) {
    if (!n || one->n == n) chosen.push_back(&*one);
  }
  for (auto one = chosen.rbegin(); one != chosen.rend(); ++one) {
    out << at((*one)->at_us) << (*one)->who;
    for (const Node to : (*one)->to) out << (to == (*one)->to.front() ? " to " : ", ") << to;
    out << ((*one)->to.empty() ? " " : ": ") << (*one)->what << '\n';
  }
  return out.str();
}

std::string tell_story(const Plan& plan, const Preparation& prepare) {
  std::unique_ptr<Chronicle> chronicle;
  std::string story;
  Cluster cluster(plan);
  chronicle = std::make_unique<Chronicle>(cluster);
  try {
    if (prepare) prepare(cluster);
    cluster.run();
  } catch (const Broken& broken) {
    story = chronicle->tell(broken.what());
  }
  return story;
}

std::string sentence_of(const std::string& invariant) {
  static const std::map<std::string, std::string> sentences = {
      {"I01", "all loyal replicas execute the same digest at n"},
      {"I02", "executed operations were issued and signed by a client"},
      {"I03", "slots are executed without a gap, and none goes back"},
      {"I04", "each (client, timestamp) changes the state at most once"},
      {"I05", "what clients saw could have happened one operation at a time"},
      {"I06", "what was acknowledged survives"},
      {"I07", "what is executed is durable at f+1 loyal replicas, or below a stable checkpoint"},
      {"I08", "no two prepared digests in one view"},
      {"I09", "what was committed in a view is carried by each later NEW-VIEW, or lies below it"},
      {"I10", "no loyal replica contradicts itself, across restarts"},
      {"I11", "whatever a message needed durable was durable when it left"},
      {"I12", "checkpoint roots are equal"},
      {"I13", "when all is quiet, states, client windows and ledgers are equal"},
      {"I14", "h is a multiple of K and never goes down"},
      {"I15", "views never go back"},
      {"I16", "after the network heals, every request is answered within the bound"},
  };
  const auto found = sentences.find(invariant);
  return found == sentences.end() ? "" : found->second;
}

}  // namespace quorate::simulation
