#include "messages/verify.h"

#include "crypto/merkle.h"
#include "messages/sign.h"

namespace quorate {

/// One check for each message type; `good` or the reason.
class VerifierRules {
 public:
  using Verdict = tl::expected<void, Reject>;

  explicit VerifierRules(Verifier& verifier) : v_(verifier) {}

  Verdict operator()(const Request& m) { return bundle(m.bundle->view(), m.bundle->digest()); }

  Verdict operator()(const PrePrepare& m) {
    const ReplicaId primary = v_.quorums_.primary_of(m.header.view);
    if (auto good = vote(primary, MessageType::pre_prepare, payload_of(m.header), m.signature); !good) return good;
    return body(m.header.digest, m.batch);
  }

  Verdict operator()(const Prepare& m) { return vote(m.replica, MessageType::prepare, payload_of(m), m.signature); }
  Verdict operator()(const Commit& m) {
    return signed_part(m.replica, MessageType::commit, payload_of(m), m.signature);
  }
  Verdict operator()(const Checkpoint& m) {
    return signed_part(m.replica, MessageType::checkpoint, payload_of(m), m.signature);
  }

  Verdict operator()(const StableCheckpoint& m) {
    return certificate(m.checkpoints, v_.quorums_.checkpoints_for_stable(), MessageType::checkpoint,
                       [&m](ReplicaId replica) {
                         return payload_of(Checkpoint{m.n, m.root, replica, {}});
                       });
  }

  Verdict operator()(const CommitCertificate& m) {
    return certificate(m.commits, v_.quorums_.commits_for_committed(), MessageType::commit, [&m](ReplicaId replica) {
      return payload_of(Commit{m.view, m.n, m.digest, replica, {}});
    });
  }

  Verdict operator()(const PreparedCertificate& m) {
    const PrePrepareHeader& header = m.header;
    const ReplicaId primary = v_.quorums_.primary_of(header.view);
    for (const SignedBy& part : m.prepares) {
      if (part.replica == primary) return tl::unexpected(Reject::certificate_not_canonical);
    }
    if (auto good = vote(primary, MessageType::pre_prepare, payload_of(header), m.primary_signature); !good) {
      return good;
    }
    if (auto good = canonical(m.prepares, v_.quorums_.prepares_for_prepared()); !good) return good;
    for (const SignedBy& part : m.prepares) {
      const Bytes payload = payload_of(Prepare{header.view, header.n, header.digest, part.replica, {}});
      if (auto good = vote(part.replica, MessageType::prepare, payload, part.signature); !good) return good;
    }
    return {};
  }

  Verdict operator()(const Status& m) {
    const std::size_t bytes = (v_.genesis_.log_window + 7) / 8;
    if (m.accepted.size() != bytes || m.prepared.size() != bytes || m.committed.size() != bytes) {
      return tl::unexpected(Reject::bad_field_width);
    }
    return signed_part(m.replica, MessageType::status, payload_of(m), m.signature);
  }

  Verdict operator()(const Fetch& m) { return signed_part(m.replica, MessageType::fetch, payload_of(m), m.signature); }

  Verdict operator()(const CommittedBatch& m) {
    if (auto good = (*this)(m.certificate); !good) return good;
    return body(m.certificate.digest, m.batch);
  }

  Verdict operator()(const Replies& m) {
    std::vector<Digest> leaves;
    leaves.reserve(m.leaves.size());
    for (const Leaf& leaf : m.leaves) leaves.push_back(leaf.digest());
    if (!merkle_proves(m.root, m.tree_size, m.first, leaves, m.proof)) return tl::unexpected(Reject::digest_mismatch);
    return signed_part(m.replica, MessageType::replies, payload_of(m), m.signature);
  }

  Verdict operator()(const Refusal& m) {
    return signed_part(m.replica, MessageType::refusal, payload_of(m), m.signature);
  }
  Verdict operator()(const MarkQuery& m) {
    return signed_part(m.client, MessageType::mark_query, payload_of(m), m.signature);
  }
  Verdict operator()(const MarkAnswer& m) {
    return signed_part(m.replica, MessageType::mark_answer, payload_of(m), m.signature);
  }
  Verdict operator()(const HealthQuery& m) {
    return signed_part(m.client, MessageType::health_query, payload_of(m), m.signature);
  }
  Verdict operator()(const HealthReport& m) {
    return signed_part(m.replica, MessageType::health_report, payload_of(m), m.signature);
  }
  Verdict operator()(const FetchBody& m) {
    return signed_part(m.replica, MessageType::fetch_body, payload_of(m), m.signature);
  }
  Verdict operator()(const BatchBody& m) { return body(m.digest, m.batch); }
  Verdict operator()(const StateQuery& m) {
    return signed_part(m.replica, MessageType::state_query, payload_of(m), m.signature);
  }
  Verdict operator()(const StateOffer& m) {
    return signed_part(m.replica, MessageType::state_offer, payload_of(m), m.signature);
  }
  Verdict operator()(const StateFetch& m) {
    return signed_part(m.replica, MessageType::state_fetch, payload_of(m), m.signature);
  }
  Verdict operator()(const StateParts&) { return {}; }  // proven where the digests are known

  Verdict operator()(const LedgerQuery& m) {
    return signed_part(m.client, MessageType::ledger_query, payload_of(m), m.signature);
  }
  // The parts are checked where the question is known (client/ledger_proof.h): here, whoever sends this to a replica
  // would choose how many signatures it checks.
  Verdict operator()(const LedgerAnswer& m) {
    return signed_part(m.replica, MessageType::ledger_answer, payload_of(m), m.signature);
  }
  Verdict operator()(const BlockFetch& m) {
    return signed_part(m.replica, MessageType::block_fetch, payload_of(m), m.signature);
  }
  Verdict operator()(const BlockRun&) { return {}; }  // proven where the last one's digest is known

  Verdict operator()(const Rejoin& m) {
    return signed_part(m.replica, MessageType::rejoin, payload_of(m), m.signature);
  }

  Verdict operator()(const ViewChangePtr& m) { return view_change(*m); }

  Verdict operator()(const NewViewPtr& m) {
    const ReplicaId primary = v_.quorums_.primary_of(m->view);
    if (m->view_changes.size() != v_.quorums_.quorum()) return tl::unexpected(Reject::certificate_not_canonical);
    for (std::size_t i = 0; i < m->view_changes.size(); ++i) {
      const bool ascending = i == 0 || m->view_changes[i]->replica > m->view_changes[i - 1]->replica;
      if (!ascending || m->view_changes[i]->view != m->view) return tl::unexpected(Reject::certificate_not_canonical);
    }
    if (auto good = signed_part(primary, MessageType::new_view, payload_of(*m), m->signature); !good) return good;
    for (const SignedHeader& part : m->pre_prepares) {
      if (part.header.view != m->view) return tl::unexpected(Reject::certificate_not_canonical);
      const Bytes payload = payload_of(part.header);
      if (auto good = vote(primary, MessageType::pre_prepare, payload, part.signature); !good) return good;
    }
    for (const ViewChangePtr& part : m->view_changes) {
      if (auto good = view_change(*part); !good) return good;
    }
    return {};
  }

  // The transport checks hellos itself, against the nonce that it sent.
  Verdict operator()(const Hello&) { return tl::unexpected(Reject::unknown_type); }
  Verdict operator()(const HelloAnswer&) { return tl::unexpected(Reject::unknown_type); }
  Verdict operator()(const HelloProof&) { return tl::unexpected(Reject::unknown_type); }

 private:
  template <typename Id>
  Verdict signed_part(Id signer, MessageType type, ByteView payload, const Signature& signature) const {
    if (!v_.genesis_.knows(signer)) {
      return tl::unexpected(std::is_same_v<Id, ReplicaId> ? Reject::unknown_replica : Reject::unknown_client);
    }
    if (!v_.signed_by(signer, type, payload, signature)) return tl::unexpected(Reject::bad_signature);
    return {};
  }

  /// Seen alone first, as a rule, and then in certificates of several replicas.
  Verdict vote(ReplicaId signer, MessageType type, ByteView payload, const Signature& signature) {
    const Digest exact = Hasher("vote")
                             .u8(static_cast<std::uint8_t>(type))
                             .u32(signer.value)
                             .prefixed(payload)
                             .update(signature.bytes)
                             .finish();
    if (v_.votes_.has(exact)) return {};
    if (auto good = signed_part(signer, type, payload, signature); !good) return good;
    v_.votes_.add(exact);
    return {};
  }

  static Verdict canonical(const std::vector<SignedBy>& parts, std::size_t count) {
    if (parts.size() != count) return tl::unexpected(Reject::certificate_not_canonical);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].replica <= parts[i - 1].replica) return tl::unexpected(Reject::certificate_not_canonical);
    }
    return {};
  }

  template <typename PayloadFor>
  Verdict certificate(const std::vector<SignedBy>& parts, std::size_t count, MessageType type, PayloadFor payload_for) {
    if (auto good = canonical(parts, count); !good) return good;
    for (const SignedBy& part : parts) {
      if (auto good = signed_part(part.replica, type, payload_for(part.replica), part.signature); !good) return good;
    }
    return {};
  }

  /// Canonical: C proves h, and P is in order within (h, h + L] and of views before this one.
  Verdict view_change(const ViewChange& m) {
    const Digest seen = Hasher("view-change").prefixed(payload_of(m)).update(m.signature.bytes).finish();
    if (v_.seen_.has(seen)) return {};
    const auto wrong = tl::unexpected(Reject::certificate_not_canonical);
    const SequenceNumber h = m.low_watermark;
    if (h.value % v_.genesis_.checkpoint_interval != 0 || m.stable.has_value() != (h.value != 0)) return wrong;
    if (m.stable && m.stable->n != h) return wrong;
    SequenceNumber last = h;
    for (const PreparedCertificate& part : m.prepared) {
      const PrePrepareHeader& header = part.header;
      if (header.n <= last || header.n - h > v_.genesis_.log_window || header.view >= m.view) return wrong;
      last = header.n;
    }
    if (auto good = signed_part(m.replica, MessageType::view_change, payload_of(m), m.signature); !good) return good;
    if (m.stable) {
      if (auto good = (*this)(*m.stable); !good) return good;
    }
    for (const PreparedCertificate& part : m.prepared) {
      if (auto good = (*this)(part); !good) return good;
    }
    v_.seen_.add(seen);
    return {};
  }

  Verdict body(const Digest& digest, const BatchPtr& batch) {
    const bool null = digest == null_digest();
    if (null != (batch == nullptr)) return tl::unexpected(Reject::malformed_batch);
    if (null) return {};
    if (batch->digest() != digest) return tl::unexpected(Reject::digest_mismatch);
    for (const BundleView& entry : batch->bundles()) {
      if (auto good = bundle(entry, bundle_digest(entry)); !good) return good;
    }
    for (const Rejoin& entry : batch->rejoins()) {
      if (auto good = (*this)(entry); !good) return good;
    }
    return {};
  }

  Verdict bundle(const BundleView& bundle, const Digest& digest) {
    if (bundle.operations.size() > v_.genesis_.client_window) return tl::unexpected(Reject::malformed_bundle);
    if (v_.seen_.has(digest)) return {};
    if (auto good = signed_part(bundle.client, MessageType::request, bundle.payload, bundle.signature); !good) {
      return good;
    }
    v_.seen_.add(digest);
    return {};
  }

  Verifier& v_;
};

Verifier::Verifier(const Genesis& genesis, const SignatureScheme& scheme, std::size_t cache_entries)
    : genesis_(genesis),
      cluster_id_(genesis.cluster_id()),
      quorums_(genesis.quorums()),
      scheme_(&scheme),
      seen_(cache_entries),
      votes_(cache_entries == 0 ? 0 : std::size_t{2} * genesis.log_window * quorums_.replicas()) {}

tl::expected<Verified<Message>, Reject> Verifier::verify(Message message) {
  auto verdict = std::visit(VerifierRules(*this), message);
  if (!verdict) return tl::unexpected(verdict.error());
  return Verified<Message>(std::move(message));
}

tl::expected<Verified<PreparedCertificate>, Reject> Verifier::verify(PreparedCertificate certificate) {
  auto verdict = VerifierRules(*this)(certificate);
  if (!verdict) return tl::unexpected(verdict.error());
  return Verified<PreparedCertificate>(std::move(certificate));
}

tl::expected<Verified<CommitCertificate>, Reject> Verifier::verify(CommitCertificate certificate) {
  auto verdict = VerifierRules(*this)(certificate);
  if (!verdict) return tl::unexpected(verdict.error());
  return Verified<CommitCertificate>(std::move(certificate));
}

bool Verifier::signed_by(ReplicaId replica, MessageType type, ByteView payload, const Signature& signature) const {
  return genesis_.knows(replica) &&
         scheme_->verify(genesis_.replica_keys[replica.value], signature_input(cluster_id_, type, payload), signature);
}

bool Verifier::signed_by(ClientId client, MessageType type, ByteView payload, const Signature& signature) const {
  return genesis_.knows(client) &&
         scheme_->verify(genesis_.client_keys[client.value], signature_input(cluster_id_, type, payload), signature);
}

}  // namespace quorate
