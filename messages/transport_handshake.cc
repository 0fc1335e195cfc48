#include "messages/transport_handshake.h"

#include <array>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "crypto/random.h"
#include "messages/codec.h"
#include "messages/limits.h"

namespace quorate {
namespace {

/// One hello's stream. The small frame limit holds only here: the parser that follows is fed with what is left over.
class HelloStream {
 public:
  HelloStream(asio::ip::tcp::socket& socket, std::size_t frame_bytes_max) : socket_(socket), limit_(frame_bytes_max) {}

  asio::awaitable<Result<void>> write(Message message) {
    const FramePtr frame = frame_of(message);
    asio::error_code error;
    co_await asio::async_write(socket_, asio::buffer(frame->data(), frame->size()),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return failure("cannot send the hello: " + error.message());
    co_return Result<void>{};
  }

  /// The next frame, which must be a T. Reads at most one frame's worth ahead.
  template <typename T>
  asio::awaitable<Result<T>> read() {
    FrameParser parser(limit_);
    parser.feed(held_);
    for (;;) {
      auto payload = parser.next();
      if (!payload) co_return failure("no hello: " + std::string(to_string(payload.error())));
      if (*payload) {
        held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(4 + (*payload)->size()));
        auto message = decode(**payload);
        if (!message) co_return failure("no hello: " + std::string(to_string(message.error())));
        if (auto* wanted = std::get_if<T>(&*message)) co_return std::move(*wanted);
        co_return failure("another message where a hello must stand");
      }
      std::array<std::uint8_t, 1024> piece{};
      asio::error_code error;
      const std::size_t size =
          co_await socket_.async_read_some(asio::buffer(piece), asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return failure("closed during the hello: " + error.message());
      const ByteView bytes(piece.data(), size);
      held_.insert(held_.end(), bytes.begin(), bytes.end());
      parser.feed(bytes);
    }
  }

  ConnectionPtr connection(const Peer& peer, const HelloOptions& options) {
    asio::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    FrameParser parser(limits::frame_bytes_max);
    parser.feed(held_);
    const bool replica = std::holds_alternative<ReplicaId>(peer);
    return std::make_shared<Connection>(std::move(socket_), std::move(parser), peer,
                                        replica ? options.replicas : options.clients);
  }

 private:
  asio::ip::tcp::socket& socket_;
  std::size_t limit_;
  Bytes held_;  // read and not yet consumed
};

Hello hello_of(const Identity& identity) {
  Hello hello;
  hello.wire_version = wire_version;
  if (const auto* replica = std::get_if<ReplicaId>(&identity.self)) {
    hello.kind = PeerKind::replica;
    hello.id = replica->value;
  } else {
    hello.kind = PeerKind::client;
    hello.id = std::get<ClientId>(identity.self).value;
  }
  hello.cluster_id = identity.cluster_id;
  hello.nonce = random_nonce();
  return hello;
}

std::string other_version(std::uint32_t theirs) {
  return "speaks wire version " + std::to_string(theirs) + ", this process " + std::to_string(wire_version) + ": the " +
         (theirs > wire_version ? "other" : "own") + " side is newer; install the same version on both";
}

/// Who the dialler says it is, if it may connect here at all.
Result<Peer> peer_of(const Hello& hello, const Identity& identity) {
  const std::string who = (hello.kind == PeerKind::replica ? "replica " : "client ") + std::to_string(hello.id);
  if (hello.wire_version != wire_version) return failure(who + " " + other_version(hello.wire_version));
  if (hello.cluster_id != identity.cluster_id) {
    return failure(who + " belongs to cluster " + to_hex(hello.cluster_id).substr(0, 16) + ", this replica to " +
                   to_hex(identity.cluster_id).substr(0, 16) + ": one of the two has another cluster file");
  }
  if (hello.kind == PeerKind::client) return Peer(ClientId(hello.id));
  const ReplicaId replica(hello.id);
  if (Peer(replica) == identity.self) return failure("a process says that it is this replica, " + who);
  if (std::get<ReplicaId>(identity.self) < replica) return failure(who + " dialled, but the lower id dials");
  return Peer(replica);
}

}  // namespace

asio::awaitable<Result<ConnectionPtr>> hello_as_dialler(asio::ip::tcp::socket& socket, const Identity& identity,
                                                        ReplicaId wanted, const HelloOptions& options) {
  HelloStream stream(socket, options.frame_bytes_max);
  const Hello hello = hello_of(identity);
  if (auto sent = co_await stream.write(hello); !sent) co_return tl::unexpected(sent.error());
  const auto answer = co_await stream.read<HelloAnswer>();
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->wire_version != wire_version) co_return failure(other_version(answer->wire_version));
  if (answer->replica != wanted) {
    co_return failure("replica " + std::to_string(answer->replica.value) + " answers there: correct the address");
  }
  if (!identity.verifier->signed_by(wanted, MessageType::hello_answer, hello_payload(hello, *answer, false),
                                    answer->signature)) {
    co_return failure("the answer is not signed with that replica's key for this cluster: another key or cluster file");
  }
  const HelloProof proof{identity.signer->sign(MessageType::hello_proof, hello_payload(hello, *answer, true))};
  if (auto sent = co_await stream.write(proof); !sent) co_return tl::unexpected(sent.error());
  co_return stream.connection(wanted, options);
}

asio::awaitable<Result<ConnectionPtr>> hello_as_listener(asio::ip::tcp::socket& socket, const Identity& identity,
                                                         const HelloOptions& options) {
  HelloStream stream(socket, options.frame_bytes_max);
  const auto hello = co_await stream.read<Hello>();
  if (!hello) co_return tl::unexpected(hello.error());
  const auto peer = peer_of(*hello, identity);
  HelloAnswer answer;
  answer.wire_version = wire_version;
  answer.replica = std::get<ReplicaId>(identity.self);
  if (!peer) {
    // The dialler hears the version and the replica, so that it can tell its own user; no signature is spent on it.
    co_await stream.write(answer);
    co_return tl::unexpected(peer.error());
  }
  answer.nonce = random_nonce();
  answer.signature = identity.signer->sign(MessageType::hello_answer, hello_payload(*hello, answer, false));
  if (auto sent = co_await stream.write(answer); !sent) co_return tl::unexpected(sent.error());
  const auto proof = co_await stream.read<HelloProof>();
  if (!proof) co_return tl::unexpected(proof.error());
  const Bytes payload = hello_payload(*hello, answer, true);
  const bool good = std::visit(
      [&](auto id) { return identity.verifier->signed_by(id, MessageType::hello_proof, payload, proof->signature); },
      *peer);
  if (!good) co_return failure(to_string(*peer) + " has not the key that the cluster file names for it");
  co_return stream.connection(*peer, options);
}

}  // namespace quorate
