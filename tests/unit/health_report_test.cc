// What a client takes for a replica's report about itself.
#include <doctest/doctest.h>

#include "client/health.h"
#include "messages/codec.h"
#include "tests/support/sample_messages.h"

namespace quorate {
namespace {

struct Asked {
  testing::SampleCluster cluster;
  Ed25519Scheme scheme;
  Verifier verifier{cluster.genesis(), scheme, 0};
  HealthQuery query{ClientId(0), 7, {}};

  std::optional<HealthReport> hear(ReplicaId signer, std::uint64_t nonce, const std::string& words) {
    HealthReport report;
    report.replica = signer;
    report.nonce = nonce;
    report.health = words;
    cluster.replica(signer.value).sign(report);
    return report_in(encode(report), query, ReplicaId(1), verifier);
  }
};

}  // namespace

TEST_CASE("a report counts from the replica on whose connection it comes, to this question, and signed") {
  Asked asked;
  CHECK(asked.hear(ReplicaId(1), 7, "ok"));
  CHECK_FALSE(asked.hear(ReplicaId(2), 7, "ok"));
  CHECK_FALSE(asked.hear(ReplicaId(1), 8, "ok"));
  HealthReport unsigned_report;
  unsigned_report.replica = ReplicaId(1);
  unsigned_report.nonce = 7;
  CHECK_FALSE(report_in(encode(unsigned_report), asked.query, ReplicaId(1), asked.verifier));
  CHECK_FALSE(report_in(encode(asked.query), asked.query, ReplicaId(1), asked.verifier));
  CHECK_FALSE(report_in(as_bytes("no message"), asked.query, ReplicaId(1), asked.verifier));
}

TEST_CASE("a liar's words draw no line and move no cursor") {
  const auto report = Asked().hear(ReplicaId(1), 7, "ok\n2 \x1b[2J\xff\t\x7f" + std::string(1, '\0') + "~");
  REQUIRE(report);
  CHECK(report->health == "ok?2 ?[2J????~");
}

}  // namespace quorate
