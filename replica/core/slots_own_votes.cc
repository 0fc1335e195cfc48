// Our own votes for slots: signed, counted once they may have left, withheld while we are mute, and known again when a
// peer returns them.
#include "replica/core/slots.h"

namespace quorate {

void Slots::vote_prepare(Slot& slot, RecordNumber record) {
  const PrePrepareHeader& header = slot.accepted->header;
  slot.accepted_record = record;
  if (context_.is_primary() || context_.mute) return;  // a primary's word, of O as well, is its PRE-PREPARE
  slot.own_prepare = Prepare{header.view, header.n, header.digest, context_.self, {}};
  context_.signer.sign(*slot.own_prepare);
  outbox_.vote(*slot.own_prepare, record);
}

void Slots::vote_commit(Slot& slot, RecordNumber record) {
  const PrePrepareHeader& header = slot.accepted->header;
  slot.prepared_record = record;
  if (context_.mute) return;
  slot.own_commit = Commit{header.view, header.n, header.digest, context_.self, {}};
  context_.signer.sign(*slot.own_commit);
  outbox_.vote(*slot.own_commit, record);
}

void Slots::count(const Prepare& own) {
  const auto found = slots_.find(own.n);
  if (found == slots_.end() || own.view != view_ || context_.mute) return;
  found->second.prepares.add(own.replica, {own.view, own.digest, own.signature});
  advance(own.n, found->second);
}

void Slots::count(const Commit& own) {
  const auto found = slots_.find(own.n);
  if (found == slots_.end() || own.view != view_ || context_.mute) return;
  found->second.commits.add(own.replica, {own.view, own.digest, own.signature});
  advance(own.n, found->second);
}

void Slots::fall_silent() {
  for (auto& [n, slot] : slots_) {
    slot.own_prepare.reset();
    slot.own_commit.reset();
    slot.prepares.remove(context_.self);
    slot.commits.remove(context_.self);
  }
}

void Slots::speak_again(RecordNumber record) {
  for (auto& [n, slot] : slots_) {
    if (!context_.in_window(n) || !slot.accepted) continue;
    vote_prepare(slot, record);
    if (slot.prepared) vote_commit(slot, record);
  }
}

bool Slots::knows_own(const VoteHeader& header) const {
  if (header.n <= context_.low_watermark || header.view < context_.view) return true;
  const Slot* slot = header.view == view_ ? find(header.n) : nullptr;
  if (slot == nullptr) return false;
  if (slot->awaited && slot->awaited->digest == header.digest) return header.type == MessageType::pre_prepare;
  if (!slot->accepted || slot->accepted->header.digest != header.digest) return false;
  return header.type != MessageType::commit || slot->prepared;
}

}  // namespace quorate
