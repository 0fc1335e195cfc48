#include "tests/traitors/band.h"

#include <algorithm>
#include <utility>

namespace quorate::traitors {

std::uint64_t Self::below(std::uint64_t bound) {
  dice_ = dice_ * 6364136223846793005 + 1442695040888963407;
  return (dice_ >> 33) % bound;
}

void Self::say(Channel to, Message message, std::uint64_t delay_us) {
  if (to == Channel(id)) return;
  said_.push_back({to, std::make_shared<const Message>(std::move(message)), delay_us, {}});
}

void Self::say_to_all(const Message& message) {
  const auto shared = std::make_shared<const Message>(message);
  for (std::uint32_t i = 0; i < quorums.replicas(); ++i) {
    if (ReplicaId(i) != id) said_.push_back({ReplicaId(i), shared, 0, {}});
  }
}

void Self::hear(Message message, Channel from) { heard_.emplace_back(std::move(message), from); }

Band::Band(const Genesis& genesis, ReplicaId self, const MessageSigner& keys, Scratch& scratch, std::uint64_t seed)
    : self_(genesis, self, keys, scratch, seed) {
  scratch.keys.emplace(self, keys);
}

void Band::join(const Posting& posting) { members_.push_back({posting, posting.kind->make(), 0}); }

bool Band::active(const Member& member) {
  const Activation& when = member.posting.activation;
  if (self_.view < when.from_view || self_.low_watermark < when.above) return false;
  return when.permille >= 1000 || self_.below(1000) < when.permille;
}

/// What the host's own words tell about where it stands, and which proposals there are.
void Band::learn(const Message& message) {
  if (const auto* status = own<Status>(message, self_)) {
    self_.view = std::max(self_.view, status->view);
    self_.low_watermark = std::max(self_.low_watermark, status->low_watermark);
  } else if (const auto* view_change = own<ViewChange>(message, self_)) {
    self_.view = std::max(self_.view, view_change->view);
  } else if (const auto* pre_prepare = std::get_if<PrePrepare>(&message)) {
    const PrePrepareHeader& header = pre_prepare->header;
    auto& proposals = self_.scratch.proposals;
    proposals[{header.view, header.n}].insert(header.digest);
    if (proposals.size() > 256) proposals.erase(proposals.begin());
  }
}

std::vector<Parcel> Band::leaving(const Channel& to, const MessagePtr& message, std::uint64_t now_us) {
  self_.now_us = now_us;
  learn(*message);
  std::vector<Parcel> parcels = {{to, message, 0, {}}};
  for (Member& member : members_) {
    std::vector<Parcel> out;
    for (const Parcel& parcel : parcels) {
      // What a fellow made is not the host's any more.
      if (parcel.message != message || parcel.delay_us != 0 || !active(member)) {
        out.push_back(parcel);
        continue;
      }
      member.traitor->leaving(parcel, self_);
      std::vector<Parcel> said = std::exchange(self_.said_, {});
      const bool unchanged =
          said.size() == 1 && said[0].message == message && said[0].delay_us == 0 && said[0].to == to;
      if (!unchanged) ++member.acts;
      std::move(said.begin(), said.end(), std::back_inserter(out));
    }
    parcels = std::move(out);
  }
  return parcels;
}

bool Band::arriving(const Message& message, const Channel& from, std::uint64_t now_us) {
  self_.now_us = now_us;
  learn(message);
  bool heard = true;
  for (Member& member : members_) {
    if (!active(member)) continue;
    const bool lets_in = member.traitor->arriving(message, from, self_);
    if (!lets_in || !self_.said_.empty() || !self_.heard_.empty()) ++member.acts;
    heard = heard && lets_in;
    std::move(self_.said_.begin(), self_.said_.end(), std::back_inserter(added_));
    self_.said_.clear();
  }
  return heard && !is_own(message);
}

/// A traitor's core must not learn what was said in its name: it would fall mute, and lie no more.
bool Band::is_own(const Message& message) const {
  const auto* pre_prepare = std::get_if<PrePrepare>(&message);
  const View view = pre_prepare != nullptr ? pre_prepare->header.view : View();
  const auto header = vote_header(message, self_.quorums.primary_of(view));
  if (!header) return false;
  switch (header->type) {
    case MessageType::pre_prepare:
    case MessageType::prepare:
    case MessageType::commit:
    case MessageType::checkpoint:
    case MessageType::view_change:
      return header->replica == self_.id;
    case MessageType::new_view:
      return self_.leads(header->view);
    default:
      return false;
  }
}

void Band::idle(std::uint64_t now_us) {
  self_.now_us = now_us;
  for (Member& member : members_) {
    if (!active(member)) continue;
    const std::size_t rude_before = self_.rude_.size();
    member.traitor->idle(self_);
    if (!self_.said_.empty() || !self_.heard_.empty() || self_.rude_.size() > rude_before) ++member.acts;
    std::move(self_.said_.begin(), self_.said_.end(), std::back_inserter(added_));
    self_.said_.clear();
  }
}

std::uint64_t Band::hold_up_us(ReplicaId from, ReplicaId to, const Message& message, std::uint64_t now_us) {
  self_.now_us = now_us;
  std::uint64_t longest = 0;
  for (Member& member : members_) {
    if (!active(member)) continue;
    const std::uint64_t hold_us = member.traitor->hold_up_us(from, to, message, self_);
    if (hold_us != 0) ++member.acts;
    longest = std::max(longest, hold_us);
  }
  return longest;
}

std::vector<Parcel> Band::take_said() { return std::exchange(added_, {}); }

std::vector<std::pair<Message, Channel>> Band::take_heard() { return std::exchange(self_.heard_, {}); }

std::vector<std::pair<ReplicaId, Rudeness>> Band::take_rude() { return std::exchange(self_.rude_, {}); }

}  // namespace quorate::traitors
