// Writes the fuzzers' first inputs, made of real messages, into DIRECTORY/NAME for each fuzzer NAME_fuzz.
// usage: write_corpus DIRECTORY
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "messages/cluster_file.h"
#include "messages/codec.h"
#include "messages/frame.h"
#include "messages/operation_result.h"
#include "tests/fuzz/core_under_fire.h"
#include "tests/support/sample_messages.h"

namespace quorate {
namespace {

class Corpus {
 public:
  explicit Corpus(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
  }
  void add(ByteView bytes) {
    std::ofstream file(directory_ / ("real-" + std::to_string(count_++)), std::ios::binary);
    file << as_text(bytes);
    good_ = good_ && file.flush().good();
  }
  bool good() const { return good_; }

 private:
  std::filesystem::path directory_;
  int count_ = 0;
  bool good_ = true;
};

std::vector<Operation> sample_operations() {
  const ByteView key = as_bytes("key");
  const ByteView value = as_bytes("value");
  return {Get{key},
          Put{key, value},
          Delete{key},
          Scan{{}, {}, 2},
          Add{as_bytes("a"), 1},
          Transaction{{Exists{key}, IsAbsent{as_bytes("b")}, VersionEquals{key, {SequenceNumber(1), 0}},
                       ValueEquals{key, value}, IntegerAtLeast{as_bytes("a"), 3}},
                      {Put{key, value}, Delete{key}, Scan{key, {}, 5}, Add{as_bytes("a"), -1}},
                      {Get{key}}}};
}

std::vector<OperationResult> sample_results() {
  const Version version{SequenceNumber(1), 0};
  const Page page{{{{'k'}, version, {'v'}}}, {'n'}};
  return {Found{version, {'v'}},
          page,
          Sum{version, -1},
          Failed{FailureReason::overflow},
          TransactionResult{Branch::otherwise, {NotFound{}, Written{version}, Deleted{true}, page}},
          TransactionFailed{Branch::then, 1, FailureReason::result_too_large}};
}

/// What text_fuzz reads: a byte that says as what, and a text.
std::vector<Bytes> sample_texts(const testing::SampleCluster& cluster) {
  ClusterFile file{cluster.genesis(), {}};
  for (std::uint16_t i = 0; i < file.genesis.replica_keys.size(); ++i) {
    file.addresses.push_back({"127.0.0.1", static_cast<std::uint16_t>(7000 + i)});
  }
  const std::string key(64, 'a');
  const std::vector<std::pair<std::uint8_t, std::string>> texts = {
      {0, cluster_file_text(file)},
      {1, R"({"conditions": [{"key": "alice", "at_least": 80}, {"absent": {"hex": "00ff"}}],)"
          R"( "then": [{"add": "alice", "delta": -80}, {"put": "b", "value": {"base64": "//4="}}, {"delete": "c"}],)"
          R"( "else": [{"get": "alice"}, {"scan": "a", "to": "b", "limit": 3}]})"},
      {2, "127.0.0.1:7000 " + key + "\n[::1]:7001 # a remark\nhost\n"},
      {3, key + "\n# a remark\n" + key + "\n"}};
  std::vector<Bytes> samples;
  for (const auto& [kind, text] : texts) {
    samples.push_back({kind});
    samples.back().insert(samples.back().end(), text.begin(), text.end());
  }
  return samples;
}

bool write_all(const std::filesystem::path& directory) {
  const testing::SampleCluster cluster;
  Corpus frames(directory / "frame"), payloads(directory / "decode"), bodies(directory / "body");
  Corpus operations(directory / "operation"), cores(directory / "core"), texts(directory / "text");
  for (const std::uint64_t requests : {1u, 3u, 8u}) {
    cores.add(fuzzing::honest_schedule(requests, false));
    cores.add(fuzzing::honest_schedule(requests, true));
  }
  std::vector<Message> messages = cluster.one_of_each();
  messages.push_back(cluster.pre_prepare(View(0), SequenceNumber(9), nullptr));
  messages.push_back(cluster.replies(0, 1, 0, 1));
  for (const Message& message : messages) payloads.add(encode(message));
  for (const std::uint8_t piece_bytes : {std::uint8_t{0}, std::uint8_t{6}, std::uint8_t{15}}) {
    Bytes stream{piece_bytes};
    for (const std::size_t size : {1u, 3u, 40u, 64u}) {
      const auto header = frame_header(size);
      stream.insert(stream.end(), header.begin(), header.end());
      stream.resize(stream.size() + size, 7);
    }
    frames.add(stream);
  }
  for (const Bytes& text : sample_texts(cluster)) texts.add(text);
  bodies.add(cluster.batch()->body());
  bodies.add(cluster.bundle(0, 7)->view().payload);
  for (const Operation& operation : sample_operations()) operations.add(encode_operation(operation).value());
  for (const OperationResult& result : sample_results()) operations.add(encode_result(result));
  return frames.good() && payloads.good() && bodies.good() && operations.good() && cores.good() && texts.good();
}

}  // namespace
}  // namespace quorate

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_corpus DIRECTORY\n");
    return 2;
  }
  if (quorate::write_all(argv[1])) return 0;
  std::fprintf(stderr, "write_corpus: cannot write below '%s'; is the disk full, or the directory not yours?\n",
               argv[1]);
  return 1;
}
