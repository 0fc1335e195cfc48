// bench: load from several client keys at once, and how long each operation took until f+1 replicas had signed it.
//
// Closed loop: each client keeps `outstanding` operations under way. Open loop (--rate): operations begin on a schedule
// whatever the cluster does, and their latency counts from the intended start.
#include <algorithm>
#include <array>
#include <asio/steady_timer.hpp>
#include <iomanip>
#include <iostream>

#include "client/command/bench_progress.h"
#include "client/command/bench_series.h"
#include "client/command/bench_tally.h"
#include "client/command/key_distribution.h"
#include "client/command/session.h"
#include "crypto/random.h"

namespace quorate::command {
namespace {

using Clock = std::chrono::steady_clock;

class Bench {
 public:
  Bench(const BenchOptions& options, const ClusterFile& cluster, std::vector<ClientKey> keys, const Target& target)
      : options_(options),
        keys_(std::move(keys)),
        distribution_(options.zipf, options.keys),
        random_(random_u64()),
        schedule_(context_) {
    ClientLimits limits;
    limits.deadline = target.deadline;
    for (const ClientKey& key : keys_) {
      clients_.push_back(std::make_unique<Client>(context_.get_executor(), cluster, key, limits));
    }
    value_.resize(options.value_bytes);
  }

  BenchReport run() {
    const BenchProgress progress(
        context_, [this] { return ended_; }, [this](std::uint64_t per_second) { return progress_line(per_second); });
    if (options_.preload) preload();
    begun_ = Clock::now();
    const auto measure_from = Clock::now() + std::chrono::seconds(options_.warmup);
    end_ = measure_from + std::chrono::seconds(options_.seconds);
    tally_.measure(measure_from, end_);
    series_.measure(measure_from, end_, std::chrono::milliseconds(options_.series_ms));
    if (options_.rate > 0) {
      next_start_ = Clock::now();
      follow_schedule();
    } else {
      for (const auto& client : clients_) {
        for (std::uint32_t i = 0; i < options_.outstanding; ++i) begin(*client, Clock::now());
      }
    }
    drain();
    BenchReport report = tally_.report(options_);
    report.series = series_.windows();
    return report;
  }

 private:
  void drain() {
    context_.restart();
    while (under_way_ > 0 || (options_.rate > 0 && Clock::now() < end_ && measuring_)) context_.run_one();
  }

  void preload() {
    std::uint64_t next = 0;
    const std::size_t under_way_max = 256 * clients_.size();
    context_.restart();
    while (next < options_.keys || under_way_ > 0) {
      while (next < options_.keys && under_way_ < under_way_max) {
        const std::string key = key_name(next);
        ++under_way_;
        async_execute(*clients_[next % clients_.size()], put_of(key), [this](const Answer& answer) {
          --under_way_;
          ++ended_;
          if (answer.error != ClientError::none) tally_.failed();
        });
        ++next;
      }
      context_.run_one();
    }
    measuring_ = true;
  }

  void begin(Client& client, Clock::time_point intended) {
    const std::string key = key_name(distribution_.key(draw()));
    const bool read = draw() % 100 < options_.read_percent;
    ++under_way_;
    client.async_execute(read ? get_of(key) : put_of(key), [this, &client, intended](const Outcome& outcome) {
      --under_way_;
      ++ended_;
      const auto now = Clock::now();
      if (outcome.error == ClientError::none) {
        tally_.acknowledged(intended, now);
        series_.acknowledged(intended, now);
      } else {
        tally_.failed();
      }
      if (options_.rate <= 0 && now < end_) begin(client, now);
    });
  }

  void follow_schedule() {
    const auto gap = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / options_.rate));
    while (next_start_ <= Clock::now() && next_start_ < end_) {
      begin(*clients_[turn_++ % clients_.size()], next_start_);
      next_start_ += gap;
    }
    if (next_start_ >= end_) {
      measuring_ = false;
      return;
    }
    schedule_.expires_at(next_start_);
    schedule_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) follow_schedule();
    });
  }

  std::string progress_line(std::uint64_t per_second) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begun_).count();
    const std::string phase =
        begun_ == Clock::time_point()
            ? "preload: " + std::to_string(ended_) + " of " + std::to_string(options_.keys) + " keys"
            : std::to_string(seconds) + " of " + std::to_string(options_.warmup + options_.seconds) + " s";
    return phase + ", " + std::to_string(per_second) + " operations/s, " + std::to_string(tally_.errors()) + " errors";
  }

  static std::string key_name(std::uint64_t number) {
    std::string digits = std::to_string(number);
    return "bench/" + std::string(12 - std::min<std::size_t>(12, digits.size()), '0') + digits;
  }
  Bytes put_of(const std::string& key) {
    for (std::size_t i = 0; i < value_.size(); i += 8) {
      std::uint64_t word = draw();
      for (std::size_t j = i; j < std::min(i + 8, value_.size()); ++j, word >>= 8) {
        value_[j] = static_cast<std::uint8_t>(word);
      }
    }
    return encode_operation(Put{as_bytes(key), value_}).value();
  }
  static Bytes get_of(const std::string& key) { return encode_operation(Get{as_bytes(key)}).value(); }
  /// xorshift64: random values must not cost more than what is measured.
  std::uint64_t draw() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_;
  }

  BenchOptions options_;
  asio::io_context context_{1};
  std::vector<ClientKey> keys_;
  std::vector<std::unique_ptr<Client>> clients_;
  KeyDistribution distribution_;
  std::uint64_t random_;
  Bytes value_;
  asio::steady_timer schedule_;
  Clock::time_point begun_;  // the epoch: not yet
  Clock::time_point end_;
  Clock::time_point next_start_;
  bool measuring_ = true;
  std::size_t turn_ = 0;
  std::size_t under_way_ = 0;
  std::uint64_t ended_ = 0;  // well or not, preloaded ones too
  BenchTally tally_;
  BenchSeries series_;
};

void print(const BenchReport& report) {
  std::cout << std::fixed << std::setprecision(3) << "operations per second: "
            << static_cast<std::uint64_t>(static_cast<double>(report.operations) / report.seconds)
            << "\nerrors: " << report.errors << "\nlatency in ms: mean " << report.mean_ms << ", p50 " << report.p50_ms
            << ", p90 " << report.p90_ms << ", p99 " << report.p99_ms << ", p99.9 " << report.p999_ms << ", max "
            << report.max_ms << "\nlongest gap without an answer: " << report.longest_gap_ms << " ms\n";
}

}  // namespace

Status bench(const Target& target, const BenchOptions& options) {
  const auto cluster = read_cluster(target);
  if (!cluster) return fail(Status::usage, cluster.error().message);
  std::vector<ClientKey> keys;
  for (std::uint32_t i = 0; i < options.clients; ++i) {
    auto key = take_client_key(target.directory.cluster_file(), *cluster);
    if (!key) return fail(Status::usage, key.error().message);
    keys.push_back(std::move(*key));
  }
  const BenchReport report = Bench(options, *cluster, std::move(keys), target).run();
  if (target.json) {
    std::cout << json_of(report) << '\n';
  } else {
    print(report);
  }
  return report.operations > 0 && report.errors == 0 ? Status::done : Status::unknown;
}

}  // namespace quorate::command
