// Adds 1 to an integer COUNT times, exactly once each, whatever happens to this process: run again, it goes on.
// usage: adder CLUSTER-FILE JOURNAL COUNT
//
// It is what client/README.md tells programs to do that must know after a crash what ran: each addition's timestamp is
// in the journal before it is submitted, and after a crash what is not noted as done is submitted again under its own.
#include <asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <vector>

#include "client/key_value.h"

using namespace quorate;

namespace {

class Adder {
 public:
  Adder(asio::io_context& context, Client& client, const std::string& journal, std::uint64_t count)
      : context_(context), client_(client), count_(count) {
    std::ifstream in(journal);
    std::string name;
    for (std::uint64_t t = 0; in >> name >> t;) {
      if (name == "add") open_.insert(Timestamp(t));
      if (name == "done") open_.erase(Timestamp(t)), ++done_;
    }
    out_.open(journal, std::ios::app);
    out_ << std::endl;  // the last line may have been cut off
  }

  bool run() {
    for (const Timestamp t : open_) submit(t);
    while (!failed_ && (done_ < count_)) {
      if (!allotting_ && open_.size() < 64 && done_ + open_.size() < count_) add_more();
      context_.run_one();
    }
    return !failed_;
  }

 private:
  void add_more() {
    allotting_ = true;
    const std::uint64_t more = std::min<std::uint64_t>(32, count_ - done_ - open_.size());
    client_.async_allot(more, [this, more](const Allotment& allotment) {
      allotting_ = false;
      failed_ = failed_ || allotment.error != ClientError::none;
      if (failed_) return;
      for (std::uint64_t i = 0; i < more; ++i) out_ << "add " << (allotment.first + i).value << '\n';
      out_.flush();
      for (std::uint64_t i = 0; i < more; ++i) {
        open_.insert(allotment.first + i);
        submit(allotment.first + i);
      }
    });
  }

  void submit(Timestamp t) {
    async_execute_at(client_, t, encode_operation(Add{as_bytes("witness"), 1}).value(),
                     [this, t](const Answer& answer) {
                       if (answer.error != ClientError::none) {
                         std::cerr << "adder: t " << t.value << ": " << describe(answer.error) << '\n';
                         failed_ = true;
                         return;
                       }
                       open_.erase(t);
                       ++done_;
                       out_ << "done " << t.value << std::endl;
                     });
  }

  asio::io_context& context_;
  Client& client_;
  std::uint64_t count_;
  std::set<Timestamp> open_;
  std::uint64_t done_ = 0;
  bool allotting_ = false;
  bool failed_ = false;
  std::ofstream out_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto cluster = read_cluster_file(argv[1]);
  if (!cluster) return 2;
  const auto key = take_client_key(argv[1], *cluster, ClientId(0));
  if (!key) {
    std::cerr << key.error().message << '\n';
    return 2;
  }
  asio::io_context context(1);
  Client client(context.get_executor(), *cluster, *key);
  return Adder(context, client, argv[2], std::strtoull(argv[3], nullptr, 10)).run() ? 0 : 1;
}
