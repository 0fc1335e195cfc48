#include "client/health.h"

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "client/links.h"
#include "crypto/random.h"
#include "messages/codec.h"

namespace quorate {

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
      auto message = decode(frame);
      if (!message || !std::holds_alternative<HealthReport>(*message)) continue;
      const auto verified = verifier.verify(std::move(*message));
      if (!verified) continue;
      const auto& report = std::get<HealthReport>(**verified);
      if (report.replica == from && report.nonce == query.nonce) reports[from.value] = report;
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
