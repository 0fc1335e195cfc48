#include "tests/traitors/process/band_middleman.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "crypto/key_file.h"
#include "messages/codec.h"

namespace quorate::traitors {
namespace {

constexpr std::chrono::milliseconds idle_every{20};

std::uint64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

FramePtr framed(const Bytes& payload) {
  const auto header = frame_header(payload.size());
  auto frame = std::make_shared<Bytes>(header.size() + payload.size());
  std::copy(payload.begin(), payload.end(), std::copy(header.begin(), header.end(), frame->begin()));
  return frame;
}

ByteView payload_of(const Bytes& frame) { return ByteView(frame).subspan(frame_header(1).size()); }

}  // namespace

Result<std::unique_ptr<Middleman>> BandMiddleman::make(const Seat& seat, const std::vector<Posting>& postings) {
  std::unique_ptr<BandMiddleman> made(new BandMiddleman(seat));
  for (const Posting& posting : postings) {
    if (!seat.cluster.genesis.knows(posting.replica)) {
      return failure("--traitor " + to_string(posting) + ": there is no such replica");
    }
    if (posting.replica == seat.self) {
      made->band_.join(posting);
    } else if (const auto known = made->know(seat, posting.replica); !known) {
      return tl::unexpected(known.error());
    }
  }
  if (made->band_.members().empty()) {
    return failure("--traitor says nothing about replica " + std::to_string(seat.self.value));
  }
  if (const auto taken = made->take_client(seat); !taken) return tl::unexpected(taken.error());
  const auto own_key = read_key_file(replica_key_path(seat.cluster_file, seat.self));
  if (!own_key) return tl::unexpected(own_key.error());
  made->signers_.push_back(std::make_unique<Ed25519Signer>(*own_key));
  made->band_.self().signer = made->signers_.back().get();
  made->band_.self().scheme = &made->scheme_;
  made->band_.self().patience_us = seat.view_timeout_us;
  return made;
}

BandMiddleman::BandMiddleman(const Seat& seat)
    : main_(seat.main),
      band_(seat.cluster.genesis, seat.self, seat.keys, scratch_, seat.self.value + 1),
      rude_calls_(seat, scheme_),
      idle_(seat.main) {}

BandMiddleman::~BandMiddleman() {
  for (const Band::Member& member : band_.members()) {
    spdlog::info("traitor {} acted {} times", to_string(member.posting), member.acts);
  }
}

Result<void> BandMiddleman::know(const Seat& seat, ReplicaId fellow) {
  if (scratch_.keys.contains(fellow)) return {};
  const auto key = read_key_file(replica_key_path(seat.cluster_file, fellow));
  if (!key) return tl::unexpected(key.error());
  signers_.push_back(std::make_unique<Ed25519Signer>(*key));
  scratch_.keys.emplace(fellow, MessageSigner(seat.cluster.genesis.cluster_id(), *signers_.back()));
  return {};
}

Result<void> BandMiddleman::take_client(const Seat& seat) {
  const ClientId last(static_cast<std::uint32_t>(seat.cluster.genesis.client_keys.size() - 1));
  const auto path = client_key_path(seat.cluster_file, last);
  std::error_code none;
  if (!std::filesystem::exists(path, none)) return {};
  const auto key = read_key_file(path);
  if (!key) return tl::unexpected(key.error());
  signers_.push_back(std::make_unique<Ed25519Signer>(*key));
  band_.self().client.emplace(last, MessageSigner(seat.cluster.genesis.cluster_id(), *signers_.back()));
  return {};
}

void BandMiddleman::begin(Ways ways) {
  ways_ = std::move(ways);
  plan_idle();
}

void BandMiddleman::plan_idle() {
  idle_.expires_after(idle_every);
  idle_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled) return;
    band_.idle(now_us());
    take_band_output();
    plan_idle();
  });
}

void BandMiddleman::leaving(const Peer& to, FramePtr frame) {
  auto message = decode(payload_of(*frame));
  if (!message) return ways_.out(to, std::move(frame));
  const auto genuine = std::make_shared<const Message>(std::move(*message));
  let_out(band_.leaving(to, genuine, now_us()), genuine, frame);
  take_band_output();
}

void BandMiddleman::arriving(const Peer& from, std::vector<Bytes> payloads) {
  std::erase_if(payloads, [&](const Bytes& payload) {
    const auto message = decode(payload);
    return message && !band_.arriving(*message, from, now_us());
  });
  if (!payloads.empty()) ways_.in(from, std::move(payloads));
  take_band_output();
}

void BandMiddleman::let_out(const std::vector<Parcel>& parcels, const MessagePtr& genuine,
                            const FramePtr& genuine_frame) {
  for (const Parcel& parcel : parcels) {
    if (genuine && parcel.message == genuine) {
      put_out(parcel, genuine_frame);
    } else if (parcel.message) {
      put_out(parcel, frame_of(*parcel.message));
    } else if (!parcel.bytes.empty()) {
      put_out(parcel, framed(parcel.bytes));
    }
  }
}

void BandMiddleman::put_out(const Parcel& parcel, FramePtr frame) {
  if (parcel.delay_us == 0) return ways_.out(parcel.to, std::move(frame));
  const auto timer = std::make_shared<asio::steady_timer>(main_, std::chrono::microseconds(parcel.delay_us));
  timer->async_wait([this, timer, to = parcel.to, frame = std::move(frame)](const asio::error_code& cancelled) {
    if (!cancelled) ways_.out(to, frame);
  });
}

void BandMiddleman::take_band_output() {
  let_out(band_.take_said(), nullptr, nullptr);
  for (const auto& [message, from] : band_.take_heard()) ways_.in(from, {encode(message)});
  for (const auto& [to, how] : band_.take_rude()) rude_calls_.make(to, how);
  tell_first_acts();
}

void BandMiddleman::tell_first_acts() {
  for (const Band::Member& member : band_.members()) {
    if (member.acts == 0 || !told_.insert(&member).second) continue;
    spdlog::info("traitor {} begins to act", to_string(member.posting));
  }
}

}  // namespace quorate::traitors
