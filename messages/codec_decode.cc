// Frames to structs. Bytes are hostile: every width and count is checked before anything is allocated for it, and the
// library's exceptions end here.
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>
#include <utility>

#include "messages/codec.h"
#include "messages/limits.h"
#include "messages/messages.capnp.h"
#include "messages/quorum.h"

namespace quorate {
namespace {

/// Thrown inside this file only, so that a wrong field ends the decoding wherever it stands.
struct Refuse {
  Reject reason;
};

Bytes copy(capnp::Data::Reader data) { return {data.begin(), data.end()}; }

template <std::size_t N>
std::array<std::uint8_t, N> fixed(capnp::Data::Reader data) {
  if (data.size() != N) throw Refuse{Reject::bad_field_width};
  std::array<std::uint8_t, N> out{};
  std::memcpy(out.data(), data.begin(), N);
  return out;
}
Digest digest(capnp::Data::Reader data) { return {fixed<32>(data)}; }
Signature signature(capnp::Data::Reader data) { return {fixed<64>(data)}; }

Bytes bitmap(capnp::Data::Reader data) {
  if (data.size() > limits::bitmap_bytes_max) throw Refuse{Reject::too_many_elements};
  return copy(data);
}

BatchPtr batch(bool present, capnp::Data::Reader body) {
  if (!present) return nullptr;
  auto parsed = Batch::parse(copy(body));
  if (!parsed) throw Refuse{parsed.error()};
  return *parsed;
}

template <typename Reader>
std::vector<SignedBy> parts(Reader in) {
  const auto signers = in.getSigners();
  const auto signatures = in.getSignatures();
  if (signers.size() > Quorums::replicas_max) throw Refuse{Reject::too_many_elements};
  if (signatures.size() != std::size_t{64} * signers.size()) throw Refuse{Reject::bad_field_width};
  std::vector<SignedBy> out(signers.size());
  for (unsigned i = 0; i < signers.size(); ++i) {
    out[i].replica = ReplicaId(signers[i]);
    std::memcpy(out[i].signature.bytes.data(), signatures.begin() + 64 * std::size_t{i}, 64);
  }
  return out;
}

template <typename Vote>
Vote vote(wire::Vote::Reader in) {
  return {View(in.getView()), SequenceNumber(in.getN()), digest(in.getDigest()), ReplicaId(in.getReplica()),
          signature(in.getSignature())};
}

template <typename Query>
Query query(wire::Query::Reader in) {
  return {ClientId(in.getClient()), in.getNonce(), signature(in.getSignature())};
}

Message request(wire::Request::Reader in) {
  auto bundle = Bundle::parse(copy(in.getPayload()), signature(in.getSignature()));
  if (!bundle) throw Refuse{bundle.error()};
  return Request{*bundle};
}

Message pre_prepare(wire::PrePrepare::Reader in) {
  return PrePrepare{{View(in.getView()), SequenceNumber(in.getN()), digest(in.getDigest())},
                    signature(in.getSignature()),
                    batch(in.hasBody(), in.getBody())};
}

Message status(wire::Status::Reader in) {
  return Status{ReplicaId(in.getReplica()),
                View(in.getView()),
                in.getActive(),
                SequenceNumber(in.getLowWatermark()),
                SequenceNumber(in.getLastExecuted()),
                bitmap(in.getAccepted()),
                bitmap(in.getPrepared()),
                bitmap(in.getCommitted()),
                signature(in.getSignature())};
}

Message fetch(wire::Fetch::Reader in) {
  if (in.getCount() > limits::fetch_batches_max) throw Refuse{Reject::too_many_elements};
  return Fetch{ReplicaId(in.getReplica()), SequenceNumber(in.getFirst()), in.getCount(), signature(in.getSignature())};
}

Message committed_batch(wire::CommittedBatch::Reader in) {
  return CommittedBatch{{View(in.getView()), SequenceNumber(in.getN()), digest(in.getDigest()), parts(in)},
                        batch(in.hasBody(), in.getBody())};
}

Leaf leaf(wire::Leaf::Reader in) {
  if (in.getResult().size() > limits::result_bytes_max) throw Refuse{Reject::too_many_elements};
  if (in.getStatus() > static_cast<std::uint8_t>(OperationStatus::malformed)) throw Refuse{Reject::malformed_encoding};
  return {ClientId(in.getClient()),
          Timestamp(in.getTimestamp()),
          digest(in.getOperationDigest()),
          SequenceNumber(in.getN()),
          in.getIndex(),
          static_cast<OperationStatus>(in.getStatus()),
          copy(in.getResult())};
}

Message replies(wire::Replies::Reader in) {
  const auto leaves = in.getLeaves();
  const auto proof = in.getProof();
  if (leaves.size() > limits::reply_leaves_max) throw Refuse{Reject::too_many_elements};
  if (proof.size() > Digest::size * limits::proof_digests_max) throw Refuse{Reject::too_many_elements};
  if (proof.size() % Digest::size != 0) throw Refuse{Reject::bad_field_width};
  Replies out{ReplicaId(in.getReplica()),
              in.getTreeSize(),
              digest(in.getRoot()),
              signature(in.getSignature()),
              View(in.getViewHint()),
              in.getFirst(),
              {},
              {}};
  out.leaves.reserve(leaves.size());
  for (const auto& one : leaves) out.leaves.push_back(leaf(one));
  out.proof.resize(proof.size() / Digest::size);
  for (std::size_t i = 0; i < out.proof.size(); ++i)
    std::memcpy(out.proof[i].bytes.data(), proof.begin() + Digest::size * i, Digest::size);
  return out;
}

Message refusal(wire::Refusal::Reader in) {
  if (in.getReason() < 1 || in.getReason() > 3) throw Refuse{Reject::malformed_encoding};
  return Refusal{static_cast<RefusalReason>(in.getReason()), ClientId(in.getClient()), Timestamp(in.getTimestamp()),
                 ReplicaId(in.getReplica()), signature(in.getSignature())};
}

Message health_report(wire::HealthReport::Reader in) {
  const auto text = in.getHealth();
  if (text.size() > limits::health_bytes_max) throw Refuse{Reject::too_many_elements};
  return HealthReport{ReplicaId(in.getReplica()),
                      in.getNonce(),
                      View(in.getView()),
                      in.getActive(),
                      SequenceNumber(in.getLastExecuted()),
                      SequenceNumber(in.getStableCheckpoint()),
                      std::string(text.begin(), text.size()),
                      signature(in.getSignature())};
}

Message hello(wire::Hello::Reader in) {
  if (in.getKind() < 1 || in.getKind() > 2) throw Refuse{Reject::malformed_encoding};
  return Hello{in.getWireVersion(), static_cast<PeerKind>(in.getKind()), in.getId(), digest(in.getClusterId()),
               fixed<32>(in.getNonce())};
}

template <typename Parsed>
Parsed good(tl::expected<Parsed, Reject> parsed) {
  if (!parsed) throw Refuse{parsed.error()};
  return std::move(*parsed);
}

template <typename SignedMessage>
Message shared(tl::expected<SignedMessage, Reject> parsed) {
  return std::make_shared<const SignedMessage>(good(std::move(parsed)));
}
ByteView view(capnp::Data::Reader data) { return {data.begin(), data.size()}; }

Message ledger_answer(wire::LedgerAnswer::Reader in) {
  LedgerAnswer out;
  out.replica = ReplicaId(in.getReplica());
  out.client = ClientId(in.getClient());
  out.nonce = in.getNonce();
  out.oldest = SequenceNumber(in.getOldest());
  out.newest = SequenceNumber(in.getNewest());
  out.head_n = SequenceNumber(in.getHeadN());
  out.head = digest(in.getHead());
  out.signature = signature(in.getSignature());
  out.entries = good(parse_entries(view(in.getEntries())));
  if (in.hasCheckpoint()) out.checkpoint = good(parse_checkpoint(view(in.getCheckpoint())));
  return out;
}

/// Of the ledger.
Message ledger_message_of(wire::Frame::Reader frame) {
  switch (frame.which()) {
    case wire::Frame::LEDGER_QUERY: {
      const auto in = frame.getLedgerQuery();
      if (in.getCount() > limits::ledger_blocks_max) throw Refuse{Reject::too_many_elements};
      const auto wants = parse_wants(in.getWants());
      if (!wants) throw Refuse{Reject::malformed_encoding};
      return LedgerQuery{
          ClientId(in.getClient()),    in.getNonce(), SequenceNumber(in.getFirst()), in.getCount(), *wants,
          signature(in.getSignature())};
    }
    case wire::Frame::LEDGER_ANSWER:
      return ledger_answer(frame.getLedgerAnswer());
    case wire::Frame::BLOCK_FETCH: {
      const auto in = frame.getBlockFetch();
      if (in.getCount() > limits::block_run_max) throw Refuse{Reject::too_many_elements};
      return BlockFetch{ReplicaId(in.getReplica()), SequenceNumber(in.getLast()), in.getCount(),
                        signature(in.getSignature())};
    }
    case wire::Frame::BLOCK_RUN: {
      const auto in = frame.getBlockRun();
      return good(parse_run(SequenceNumber(in.getLast()), view(in.getBlocks())));
    }
    default:
      throw Refuse{Reject::unknown_type};
  }
}

/// Of state transfer and rejoin.
Message repair_message_of(wire::Frame::Reader frame) {
  switch (frame.which()) {
    case wire::Frame::STATE_QUERY: {
      const auto in = frame.getStateQuery();
      return StateQuery{ReplicaId(in.getReplica()), SequenceNumber(in.getAtLeast()), signature(in.getSignature())};
    }
    case wire::Frame::STATE_OFFER: {
      const auto in = frame.getStateOffer();
      return StateOffer{ReplicaId(in.getReplica()), SequenceNumber(in.getN()), digest(in.getRoot()),
                        signature(in.getSignature())};
    }
    case wire::Frame::STATE_FETCH: {
      const auto in = frame.getStateFetch();
      return good(parse_state_fetch(view(in.getPayload()), signature(in.getSignature())));
    }
    case wire::Frame::STATE_PARTS: {
      const auto in = frame.getStateParts();
      return StateParts{SequenceNumber(in.getN()), good(parse_parts(view(in.getParts())))};
    }
    case wire::Frame::REJOIN: {
      const auto in = frame.getRejoin();
      return Rejoin{ReplicaId(in.getReplica()), in.getCount(), in.getNonce(), signature(in.getSignature())};
    }
    default:
      return ledger_message_of(frame);
  }
}

Message message_of(wire::Frame::Reader frame) {
  switch (frame.which()) {
    case wire::Frame::REQUEST:
      return request(frame.getRequest());
    case wire::Frame::PRE_PREPARE:
      return pre_prepare(frame.getPrePrepare());
    case wire::Frame::PREPARE:
      return vote<Prepare>(frame.getPrepare());
    case wire::Frame::COMMIT:
      return vote<Commit>(frame.getCommit());
    case wire::Frame::CHECKPOINT: {
      const auto in = frame.getCheckpoint();
      return Checkpoint{SequenceNumber(in.getN()), digest(in.getRoot()), ReplicaId(in.getReplica()),
                        signature(in.getSignature())};
    }
    case wire::Frame::STABLE_CHECKPOINT: {
      const auto in = frame.getStableCheckpoint();
      return StableCheckpoint{SequenceNumber(in.getN()), digest(in.getRoot()), parts(in)};
    }
    case wire::Frame::STATUS:
      return status(frame.getStatus());
    case wire::Frame::FETCH:
      return fetch(frame.getFetch());
    case wire::Frame::COMMITTED_BATCH:
      return committed_batch(frame.getCommittedBatch());
    case wire::Frame::REPLIES:
      return replies(frame.getReplies());
    case wire::Frame::REFUSAL:
      return refusal(frame.getRefusal());
    case wire::Frame::MARK_QUERY:
      return query<MarkQuery>(frame.getMarkQuery());
    case wire::Frame::MARK_ANSWER: {
      const auto in = frame.getMarkAnswer();
      return MarkAnswer{ClientId(in.getClient()),   in.getNonce(),          Timestamp(in.getNewest()),
                        ReplicaId(in.getReplica()), View(in.getViewHint()), signature(in.getSignature())};
    }
    case wire::Frame::HEALTH_QUERY:
      return query<HealthQuery>(frame.getHealthQuery());
    case wire::Frame::HEALTH_REPORT:
      return health_report(frame.getHealthReport());
    case wire::Frame::HELLO:
      return hello(frame.getHello());
    case wire::Frame::HELLO_ANSWER: {
      const auto in = frame.getHelloAnswer();
      return HelloAnswer{in.getWireVersion(), ReplicaId(in.getReplica()), fixed<32>(in.getNonce()),
                         signature(in.getSignature())};
    }
    case wire::Frame::HELLO_PROOF:
      return HelloProof{signature(frame.getHelloProof().getSignature())};
    case wire::Frame::VIEW_CHANGE: {
      const auto in = frame.getViewChange();
      return shared(parse_view_change(view(in.getPayload()), signature(in.getSignature())));
    }
    case wire::Frame::NEW_VIEW: {
      const auto in = frame.getNewView();
      return shared(parse_new_view(view(in.getPayload()), signature(in.getSignature())));
    }
    case wire::Frame::FETCH_BODY: {
      const auto in = frame.getFetchBody();
      return FetchBody{ReplicaId(in.getReplica()), SequenceNumber(in.getN()), digest(in.getDigest()),
                       signature(in.getSignature())};
    }
    case wire::Frame::BODY: {
      const auto in = frame.getBody();
      return BatchBody{SequenceNumber(in.getN()), digest(in.getDigest()), batch(true, in.getBody())};
    }
    default:
      return repair_message_of(frame);
  }
}

tl::expected<Message, Reject> decode_words(kj::ArrayPtr<const capnp::word> words) try {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 3 * words.size() + 64;  // sized once, read once, and a little for lists of nothing
  options.nestingLimit = 8;
  const kj::ArrayPtr<const capnp::word> segments[] = {words};
  capnp::SegmentArrayMessageReader reader(kj::arrayPtr(segments, 1), options);
  const auto frame = reader.getRoot<wire::Frame>();
  // Everything reachable, counted once for each way to reach it, must be exactly what came: no trailing words, no two
  // pointers to one object.
  if (frame.totalSize().wordCount + 1 != words.size()) return tl::unexpected(Reject::trailing_bytes);
  return message_of(frame);
} catch (const Refuse& refuse) {
  return tl::unexpected(refuse.reason);
} catch (const kj::Exception&) {
  return tl::unexpected(Reject::malformed_encoding);
}

}  // namespace

tl::expected<Message, Reject> decode(ByteView payload) {
  if (payload.empty()) return tl::unexpected(Reject::frame_empty);
  if (payload.size() > limits::frame_bytes_max) return tl::unexpected(Reject::frame_too_large);
  if (payload.size() % sizeof(capnp::word) != 0) return tl::unexpected(Reject::malformed_encoding);
  const std::size_t count = payload.size() / sizeof(capnp::word);
  if (reinterpret_cast<std::uintptr_t>(payload.data()) % alignof(capnp::word) == 0)
    return decode_words(kj::arrayPtr(reinterpret_cast<const capnp::word*>(payload.data()), count));
  auto aligned = kj::heapArray<capnp::word>(count);
  std::memcpy(aligned.begin(), payload.data(), payload.size());
  return decode_words(aligned);
}

}  // namespace quorate
