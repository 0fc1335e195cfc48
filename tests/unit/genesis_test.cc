// The genesis configuration: each rule at its edge and one beyond, and a digest over every field.
#include "messages/genesis.h"

#include <doctest/doctest.h>

#include <functional>

#include "messages/limits.h"

namespace quorate {
namespace {

/// Distinct keys; not on any curve, as nobody signs here.
std::vector<PublicKey> keys(std::uint32_t count, std::uint8_t kind) {
  std::vector<PublicKey> out(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    out[i].bytes[0] = static_cast<std::uint8_t>(i);
    out[i].bytes[1] = static_cast<std::uint8_t>(i >> 8);
    out[i].bytes[2] = kind;
  }
  return out;
}

Genesis sample(std::uint32_t replicas = 4, std::uint32_t clients = 2) {
  Genesis genesis;
  genesis.replica_keys = keys(replicas, 1);
  genesis.client_keys = keys(clients, 2);
  return genesis;
}

std::string error_of(const std::function<void(Genesis&)>& change, Genesis genesis = sample()) {
  change(genesis);
  const auto verdict = genesis.check();
  return verdict ? "" : verdict.error().message;
}

bool names(const std::string& error, const std::string& what) { return error.find(what) != std::string::npos; }

TEST_CASE("the defaults are legal up to 16 replicas; larger clusters need a smaller window") {
  for (std::uint32_t n = 4; n <= 16; ++n) CHECK(sample(n).check().has_value());
  Genesis large = sample(64);
  CHECK(names(large.check().error().message, "NEW-VIEW"));
  large.checkpoint_interval = 36;
  large.log_window = 72;
  CHECK(large.check().has_value());
}

TEST_CASE("4 to 64 replicas") {
  const auto small = [](Genesis& g) { g.checkpoint_interval = 8, g.log_window = 16; };
  CHECK(names(error_of(small, sample(3)), "number of replicas is 3"));
  CHECK(error_of(small, sample(4)).empty());
  CHECK(error_of(small, sample(64)).empty());
  CHECK(names(error_of(small, sample(65)), "number of replicas is 65"));
}

TEST_CASE("1 to 4096 clients") {
  const auto nothing = [](Genesis&) {};
  CHECK(names(error_of(nothing, sample(4, 0)), "number of clients is 0"));
  CHECK(error_of(nothing, sample(4, 1)).empty());
  CHECK(error_of(nothing, sample(4, limits::clients_max)).empty());
  CHECK(names(error_of(nothing, sample(4, limits::clients_max + 1)), "number of clients is 4097"));
}

TEST_CASE("all keys are different, also between replicas and clients") {
  CHECK(names(error_of([](Genesis& g) { g.replica_keys[3] = g.replica_keys[0]; }), "same public key"));
  CHECK(names(error_of([](Genesis& g) { g.client_keys[1] = g.client_keys[0]; }), "same public key"));
  CHECK(names(error_of([](Genesis& g) { g.client_keys[1] = g.replica_keys[0]; }), "same public key"));
}

TEST_CASE("K is at least 1, L a multiple of K and at least 2K") {
  const auto sizes = [](std::uint64_t k, std::uint64_t l) {
    return [k, l](Genesis& g) { g.checkpoint_interval = k, g.log_window = l; };
  };
  CHECK(error_of(sizes(1, 2)).empty());
  CHECK(error_of(sizes(8, 24)).empty());
  CHECK(names(error_of(sizes(0, 16)), "checkpoint interval is 0"));
  CHECK(names(error_of(sizes(8, 8)), "checkpoint interval is 8"));
  CHECK(names(error_of(sizes(8, 15)), "checkpoint interval is 8"));
  CHECK(names(error_of(sizes(8, 17)), "log window is 17"));
  CHECK(names(error_of(sizes(~std::uint64_t{0}, ~std::uint64_t{0})), "log window"));
}

TEST_CASE("the largest legal NEW-VIEW fits a frame") {
  // N = 4, q = 3: L * 9 * 125 bytes.
  const std::uint64_t most = limits::frame_bytes_max / (9 * 125);
  const auto window = [](std::uint64_t l) { return [l](Genesis& g) { g.checkpoint_interval = 1, g.log_window = l; }; };
  CHECK(error_of(window(most)).empty());
  CHECK(names(error_of(window(most + 1)), "NEW-VIEW"));
}

TEST_CASE("W is 1 to 4096, and the time bound above 0") {
  CHECK(error_of([](Genesis& g) { g.client_window = 1; }).empty());
  CHECK(error_of([](Genesis& g) { g.client_window = 4096; }).empty());
  CHECK(names(error_of([](Genesis& g) { g.client_window = 0; }), "client window is 0"));
  CHECK(names(error_of([](Genesis& g) { g.client_window = 4097; }), "client window is 4097"));
  CHECK(names(error_of([](Genesis& g) { g.time_bound_us = 0; }), "time bound is 0"));
}

TEST_CASE("the cluster id covers every field") {
  const Digest id = sample().cluster_id();
  const std::vector<std::function<void(Genesis&)>> changes = {
      [](Genesis& g) { g.checkpoint_interval += 1; },
      [](Genesis& g) { g.log_window += 1; },
      [](Genesis& g) { g.client_window += 1; },
      [](Genesis& g) { g.time_bound_us += 1; },
      [](Genesis& g) { std::swap(g.replica_keys[0], g.replica_keys[1]); },
      [](Genesis& g) { std::swap(g.client_keys[0], g.client_keys[1]); },
      [](Genesis& g) { g.client_keys.pop_back(); },
      [](Genesis& g) { g.client_keys.insert(g.client_keys.begin(), g.replica_keys.back()), g.replica_keys.pop_back(); },
  };
  for (const auto& change : changes) {
    Genesis genesis = sample();
    change(genesis);
    CHECK(genesis.cluster_id() != id);
  }
  CHECK(sample().cluster_id() == id);
}

}  // namespace
}  // namespace quorate
