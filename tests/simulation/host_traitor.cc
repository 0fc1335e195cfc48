// The part of a host that only traitors use: what its band says goes out instead of what its core says.
//
// A lie passes through its wire form, so that nothing reaches the loyal that could not come over a socket.
#include "messages/codec.h"
#include "tests/simulation/host.h"

namespace quorate::simulation {
namespace {

constexpr std::uint64_t idle_us = 20'000;

/// What comes out of the wire for this, if anything.
MessagePtr over_the_wire(const traitors::Parcel& parcel, Marks& marks) {
  auto message = decode(parcel.message ? encode(*parcel.message) : parcel.bytes);
  if (message) return std::make_shared<const Message>(std::move(*message));
  marks.meet(message.error());
  return nullptr;
}

}  // namespace

Channel Host::channel_of(Node node) const {
  if (node < world_.plan.replicas) return ReplicaId(node);
  return ClientId(node - world_.plan.replicas);
}

void Host::plan_idle() {
  later(idle_us, [this] {
    band_->idle(world_.events.now_us());
    take_band_output();
    plan_idle();
  });
}

void Host::let_out(const std::vector<traitors::Parcel>& parcels, const MessagePtr& genuine) {
  for (const traitors::Parcel& parcel : parcels) {
    const MessagePtr message =
        genuine && parcel.message == genuine ? genuine : over_the_wire(parcel, world_.totals.marks);
    world_.trace.note(parcel.delay_us ^ (message ? static_cast<std::uint64_t>(type_of(*message)) : 0) << 32);
    if (!message) continue;
    note_issued(*message);
    const auto* client = std::get_if<ClientId>(&parcel.to);
    const Node to = client != nullptr ? world_.node(*client) : std::get<ReplicaId>(parcel.to).value;
    if (parcel.delay_us == 0) {
      network_.send(self_.value, to, message);
    } else {
      later(parcel.delay_us, [this, to, message] { network_.send(self_.value, to, message); });
    }
  }
}

void Host::take_band_output() {
  let_out(band_->take_said(), nullptr);
  for (const auto& [to, how] : band_->take_rude()) {
    if (how == traitors::Rudeness::hang_up) network_.hang_up(self_.value, to.value);  // the others need ports
  }
  for (auto& [message, from] : band_->take_heard()) {
    note_issued(message);
    const auto* client = std::get_if<ClientId>(&from);
    process_->inbox.emplace_back(client != nullptr ? world_.node(*client) : std::get<ReplicaId>(from).value,
                                 std::move(message));
    plan_turn();
  }
}

/// The client that colludes with traitors signs what they want: that too was issued.
void Host::note_issued(const Message& message) {
  const auto* request = std::get_if<Request>(&message);
  if (request == nullptr || request->bundle->view().client != world_.bad_client()) return;
  const BundleView& bundle = request->bundle->view();
  for (std::size_t i = 0; i < bundle.operations.size(); ++i) {
    const Timestamp t = bundle.first + i;
    world_.observe(&Observer::issued, bundle.client, t, operation_digest(bundle.client, t, bundle.operations[i]));
  }
}

}  // namespace quorate::simulation
