// The client library in use: moves money if there is enough of it, and says what the cluster answered.
#include <quorate/client/client_key.h>
#include <quorate/client/key_value.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <iostream>

using namespace quorate;

asio::awaitable<void> run(Client& client) {
  const auto put = encode_operation(Put{as_bytes("alice"), as_bytes("100")});
  const Answer written = co_await async_execute(client, *put, asio::use_awaitable);
  if (written.error != ClientError::none) {
    std::cerr << describe(written.error) << '\n';
    co_return client.close();
  }
  Transaction transfer;
  transfer.conditions = {IntegerAtLeast{as_bytes("alice"), 30}};
  transfer.then = {Add{as_bytes("alice"), -30}, Add{as_bytes("bob"), 30}};
  transfer.otherwise = {Get{as_bytes("alice")}};
  const Answer moved = co_await async_execute(client, *encode_operation(transfer), asio::use_awaitable);
  const auto* result = std::get_if<TransactionResult>(&moved.result);
  if (moved.error != ClientError::none) {
    std::cerr << describe(moved.error) << '\n';
  } else if (result != nullptr && result->branch == Branch::then) {
    std::cout << "alice has " << std::get<Sum>(result->results[0]).value << " left\n";
  } else {
    std::cout << "nothing was moved\n";
  }
  client.close();  // the client dials until it is closed, so only now run() below returns
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: transfer DIRECTORY-OF-A-CLUSTER\n";
    return 2;
  }
  const auto file = std::filesystem::path(argv[1]) / "cluster.toml";
  const auto cluster = read_cluster_file(file);
  if (!cluster) {
    std::cerr << cluster.error().message << '\n';
    return 2;
  }
  const auto key = take_client_key(file, *cluster);
  if (!key) {
    std::cerr << key.error().message << '\n';
    return 2;
  }
  asio::io_context context(1);
  Client client(context.get_executor(), *cluster, *key);
  asio::co_spawn(context, run(client), asio::detached);
  context.run();
}
