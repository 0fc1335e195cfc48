#include "client/health.h"

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "client/links.h"
#include "crypto/random.h"
#include "messages/codec.h"

namespace quorate {

std::optional<HealthReport> report_in(ByteView frame, const HealthQuery& query, ReplicaId from, Verifier& verifier) {
  auto message = decode(frame);
  if (!message || !std::holds_alternative<HealthReport>(*message)) return std::nullopt;
  const auto verified = verifier.verify(std::move(*message));
  if (!verified) return std::nullopt;
  HealthReport report = std::get<HealthReport>(**verified);
  if (report.replica != from || report.nonce != query.nonce) return std::nullopt;
  std::ranges::replace_if(
      report.health, [](char byte) { return byte < ' ' || byte > '~'; }, '?');
  return report;
}

std::vector<std::optional<HealthReport>> ask_health(const ClusterFile& cluster, ClientId self, const SecretSeed& seed,
                                                    std::chrono::milliseconds patience) {
  const Ed25519Signer key(seed);
  const Ed25519Scheme scheme;
  const MessageSigner signer(cluster.genesis.cluster_id(), key);
  Verifier verifier(cluster.genesis, scheme, 0);
  HealthQuery query{self, random_u64(), {}};
  signer.sign(query);
  const FramePtr question = frame_of(query);

  asio::io_context context(1);
  std::vector<std::optional<HealthReport>> reports(cluster.addresses.size());
  Links links(context.get_executor(), Identity{self, cluster.genesis.cluster_id(), &signer, &verifier},
              cluster.addresses);
  const auto take = [&](ReplicaId from, const std::vector<Bytes>& frames) {
    for (const Bytes& frame : frames) {
      if (auto report = report_in(frame, query, from, verifier)) reports[from.value] = std::move(report);
    }
    const bool all = std::all_of(reports.begin(), reports.end(), [](const auto& report) { return report.has_value(); });
    if (all) context.stop();
  };
  const auto owner = std::make_shared<int>();  // this frame outlives all that is under way
  links.start(owner, take, [&](ReplicaId replica, bool connected) {
    if (connected) links.send(replica, question);
  });
  asio::steady_timer enough(context, patience);
  enough.async_wait([&](const asio::error_code&) { context.stop(); });
  context.run();
  links.stop();
  return reports;
}

}  // namespace quorate
