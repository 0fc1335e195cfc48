// Counts visits: one integer, added to by several of these at the same time, no visit lost or counted twice.
#include <quorate/client/blocking_client.h>

#include <iostream>
#include <string>

using namespace quorate;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: visits DIRECTORY-OF-A-CLUSTER\n";
    return 2;
  }
  const auto client = BlockingClient::open(std::filesystem::path(argv[1]) / "cluster.toml");
  if (!client) {
    std::cerr << client.error().message << '\n';
    return 2;
  }
  const auto answer = (*client)->execute(Add{as_bytes("visits"), 1});
  if (!answer || answer->error != ClientError::none) {
    std::cerr << (answer ? describe(answer->error) : answer.error().message) << '\n';
    return 1;
  }
  const auto* sum = std::get_if<Sum>(&answer->result);  // f+1 replicas have signed it
  std::cout << (sum != nullptr ? "visit " + std::to_string(sum->value) : "visits holds no integer") << '\n';
}
