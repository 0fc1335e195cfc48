// Counts visits: one integer, added to by any number of these at the same time, none of them lost or counted twice.
// usage: visits DIRECTORY-OF-A-CLUSTER
#include <quorate/client/blocking_client.h>

#include <iostream>

using namespace quorate;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto client = BlockingClient::open(std::filesystem::path(argv[1]) / "cluster.toml");
  if (!client) {
    std::cerr << client.error().message << '\n';
    return 2;
  }
  const auto answer = (*client)->execute(Add{as_bytes("visits"), 1});
  if (answer && answer->error == ClientError::none && answer->status == OperationStatus::done) {
    std::cout << "visit " << std::get<Sum>(answer->result).value << '\n';  // f+1 replicas have signed this
    return 0;
  }
  std::cerr << (answer ? describe(answer->error) : answer.error().message) << '\n';
  return 1;
}
