#include "tests/small_scope/search.h"

#include <algorithm>
#include <map>

#include "messages/genesis.h"
#include "tests/simulation/random.h"
#include "tests/small_scope/traitor_menu.h"

namespace quorate::small_scope {
namespace {

constexpr std::uint32_t replicas = 4;
using Whole = std::vector<StateId>;  // of the loyal replicas, in order

/// Numbers, each once: open addressing, since there are millions.
class NumberSet {
 public:
  NumberSet() : slots_(1 << 16) {}
  bool insert(std::uint64_t number) {
    if (number == 0) number = 1;
    if (2 * (size_ + 1) > slots_.size()) grow();
    if (!put(slots_, number)) return false;
    ++size_;
    return true;
  }
  std::uint64_t size() const { return size_; }

 private:
  static bool put(std::vector<std::uint64_t>& slots, std::uint64_t number) {
    std::size_t i = number & (slots.size() - 1);
    for (; slots[i] != 0; i = (i + 1) & (slots.size() - 1)) {
      if (slots[i] == number) return false;
    }
    slots[i] = number;
    return true;
  }
  void grow() {
    std::vector<std::uint64_t> larger(2 * slots_.size());
    for (const std::uint64_t number : slots_) {
      if (number != 0) put(larger, number);
    }
    slots_ = std::move(larger);
  }
  std::vector<std::uint64_t> slots_;
  std::uint64_t size_ = 0;
};

std::uint64_t fingerprint(const Whole& whole) {
  std::uint64_t mixed = 0x9e3779b97f4a7c15;
  for (const StateId state : whole) {
    mixed = (mixed ^ state) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 29)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 32;
  }
  return mixed;
}

Genesis genesis_of(const simulation::Keys& keys) {
  Genesis genesis;
  for (std::uint32_t i = 0; i <= replicas; ++i) {
    (i < replicas ? genesis.replica_keys : genesis.client_keys).push_back(keys.signers[i]->public_key());
  }
  return genesis;
}

class Explorer {
 public:
  explicit Explorer(const Scope& scope)
      : scope_(scope),
        keys_(simulation::make_keys(1, replicas + 1, false)),
        genesis_(genesis_of(keys_)),
        messages_(genesis_, *keys_.scheme),
        all_(genesis_, keys_, messages_),
        menu_(genesis_, keys_, messages_, scope.traitors, scope.slots) {
    for (std::uint32_t i = 0; i < replicas; ++i) {
      if (std::find(scope.traitors.begin(), scope.traitors.end(), i) == scope.traitors.end()) loyal_.emplace_back(i);
    }
  }

  Found explore() {
    Whole start;
    for (const ReplicaId replica : loyal_) start.push_back(all_.start(replica));
    // Random walks reach the ends of long schedules; the search then goes through all that is left.
    for (std::uint64_t walk = 0; states_.size() < scope_.states_max / 2 && walk < 20'000; ++walk) {
      if (!walk_from(start, walk)) return result(false);
    }
    return result(search_from(start));
  }

 private:
  struct Move {
    std::size_t loyal = 0;
    Input input = 0;
  };
  struct Frame {
    Whole whole;
    std::vector<Move> moves;
    std::size_t next = 0;
  };

  std::vector<Move> moves_of(const Whole& whole) {
    std::vector<Move> moves;
    std::vector<ViewChangePtr> view_changes;
    for (std::size_t from = 0; from < whole.size(); ++from) {
      for (const auto& [message, to] : all_[whole[from]].said) {
        const auto* view_change = std::get_if<ViewChangePtr>(&*messages_[message].message);
        const bool known = std::any_of(view_changes.begin(), view_changes.end(),
                                       [&](const auto& one) { return view_change != nullptr && one == *view_change; });
        if (view_change != nullptr && (*view_change)->view == View(1) && !known) view_changes.push_back(*view_change);
        for (std::size_t i = 0; i < loyal_.size(); ++i) {
          if (loyal_[i].value == to) add(moves, whole, i, message);
        }
      }
    }
    for (const Offer& offer : menu_.offers()) {
      if (!possible(offer, whole)) continue;
      for (std::size_t i = 0; i < loyal_.size(); ++i) add(moves, whole, i, offer.message);
    }
    for (const MessageId message : menu_.new_views(view_changes)) {
      for (std::size_t i = 0; i < loyal_.size(); ++i) add(moves, whole, i, message);
    }
    for (std::size_t i = 0; i < loyal_.size(); ++i) {
      for (const MessageId request : menu_.requests()) add(moves, whole, i, request);
      const ReplicaState& state = all_[whole[i]];
      if (scope_.timeouts && state.view == View(0) && state.active) add(moves, whole, i, timeout);
    }
    return moves;
  }

  bool possible(const Offer& offer, const Whole& whole) const {
    return std::all_of(offer.needs.begin(), offer.needs.end(), [&](const auto& need) {
      const auto at = std::find(loyal_.begin(), loyal_.end(), need.first) - loyal_.begin();
      const auto& said = all_[whole[static_cast<std::size_t>(at)]].said;
      return std::any_of(said.begin(), said.end(), [&](const auto& one) { return one.first == need.second; });
    });
  }

  void add(std::vector<Move>& moves, const Whole& whole, std::size_t loyal, Input input) {
    const auto& heard = all_[whole[loyal]].heard;
    if (!std::binary_search(heard.begin(), heard.end(), input)) moves.push_back({loyal, input});
  }

  std::optional<Whole> after(const Whole& whole, const Move& move) {
    const auto next = all_.after(loyal_[move.loyal], whole[move.loyal], move.input);
    // Two views: what goes on beyond them is out of this scope.
    if (!next || all_[*next].view > View(1)) return std::nullopt;
    Whole there = whole;
    there[move.loyal] = *next;
    return there;
  }

  /// False when agreement broke.
  bool look_at(const Whole& whole) {
    if (!states_.insert(fingerprint(whole))) return true;
    bool all_decided = true;
    bool second = false;
    for (const StateId a : whole) {
      all_decided = all_decided && all_[a].decided.size() >= scope_.slots;
      second = second || (all_[a].view == View(1) && all_[a].active);
      for (const StateId b : whole) {
        for (const Decided& one : all_[a].decided) {
          for (const Decided& other : all_[b].decided) {
            if (one.n == other.n && one.digest != other.digest) return tell(whole);
          }
        }
      }
    }
    if (all_decided) ++found_.decided;
    if (second) ++found_.second_views;
    return true;
  }

  bool tell(const Whole& whole) {
    std::string text = "agreement: two loyal replicas decided differently for one n";
    for (std::size_t i = 0; i < whole.size(); ++i) {
      text += "\n  replica " + std::to_string(loyal_[i].value) + " heard";
      for (const Input input : all_[whole[i]].path) text += " " + describe(input) + ";";
      for (const Decided& one : all_[whole[i]].decided) {
        text += " and decided " + to_hex(one.digest).substr(0, 8) + " for n = " + std::to_string(one.n.value);
      }
    }
    found_.broken = text;
    return false;
  }

  std::string describe(Input input) const {
    if (input == timeout) return "nothing, until it left the view";
    const Messages::Entry& entry = messages_[input];
    const auto* replica = std::get_if<ReplicaId>(&entry.from);
    const std::string from = replica != nullptr ? " of " + std::to_string(replica->value) : " of the client";
    static const std::map<MessageType, std::string> names = {
        {MessageType::request, "REQUEST"},         {MessageType::pre_prepare, "PRE-PREPARE"},
        {MessageType::prepare, "PREPARE"},         {MessageType::commit, "COMMIT"},
        {MessageType::view_change, "VIEW-CHANGE"}, {MessageType::new_view, "NEW-VIEW"}};
    const auto name = names.find(type_of(*entry.message));
    std::string text = (name == names.end() ? "a message" : name->second) + from;
    if (entry.header && entry.header->n.value != 0) {
      text += " (" + std::to_string(entry.header->view.value) + ", " + std::to_string(entry.header->n.value) + ", " +
              to_hex(entry.header->digest).substr(0, 8) + ")";
    }
    return text;
  }

  bool walk_from(Whole whole, std::uint64_t number) {
    simulation::Random random(number, 7);
    while (look_at(whole)) {
      std::vector<Move> moves = moves_of(whole);
      std::optional<Whole> next;
      while (!next && !moves.empty()) {
        const std::size_t chosen = random.below(moves.size());
        next = after(whole, moves[chosen]);
        moves[chosen] = moves.back();
        moves.pop_back();
      }
      if (!next) return true;
      whole = std::move(*next);
    }
    return false;
  }

  /// True when nothing is left to try.
  bool search_from(const Whole& start) {
    NumberSet entered;
    std::vector<Frame> frames;
    entered.insert(fingerprint(start));
    frames.push_back({start, moves_of(start), 0});
    while (!frames.empty()) {
      Frame& frame = frames.back();
      if (frame.next == frame.moves.size()) {
        frames.pop_back();
        continue;
      }
      const auto next = after(frame.whole, frame.moves[frame.next++]);
      if (!next || !entered.insert(fingerprint(*next))) continue;
      if (!look_at(*next) || states_.size() >= scope_.states_max) return false;
      frames.push_back({*next, moves_of(*next), 0});
    }
    return true;
  }

  Found result(bool complete) {
    found_.complete = complete;
    found_.states = states_.size();
    found_.replica_states = all_.count();
    found_.merged = all_.merged();
    return found_;
  }

  const Scope scope_;
  const simulation::Keys keys_;
  const Genesis genesis_;
  Messages messages_;
  Replicas all_;
  TraitorMenu menu_;
  std::vector<ReplicaId> loyal_;
  NumberSet states_;
  Found found_;
};

}  // namespace

Found explore(const Scope& scope) { return Explorer(scope).explore(); }

}  // namespace quorate::small_scope
