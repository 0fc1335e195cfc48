#include "replica/core/log_record.h"

namespace quorate {
namespace {

template <typename Map>
void erase_through(Map& map, SequenceNumber n) {
  map.erase(map.begin(), map.upper_bound(n));
}

struct Apply {
  LogImage& image;

  void operator()(const AcceptedRecord& record) const {
    image.accepted.insert_or_assign(record.pre_prepare.header.n, record.pre_prepare);
  }
  void operator()(const PreparedRecord& record) const {
    const PrePrepareHeader& header = record.certificate.header;
    BatchPtr batch = header.digest == null_digest() ? nullptr : image.accepted.at(header.n).batch;
    image.prepared.insert_or_assign(header.n, PreparedBatch{record.certificate, std::move(batch)});
  }
  void operator()(const CommittedRecord& record) const {
    const SequenceNumber n = record.certificate.n;
    BatchPtr batch = record.batch;
    if (!batch && record.certificate.digest != null_digest()) batch = image.accepted.at(n).batch;
    image.committed.insert_or_assign(n, CommittedBatch{record.certificate, std::move(batch)});
  }
  void operator()(const OwnCheckpointRecord& record) const {
    image.own_checkpoints.insert_or_assign(record.checkpoint.n, record.checkpoint);
  }
  void operator()(const StableRecord& record) const { image.stable = record.proof; }
  void operator()(const ViewChangeRecord& record) const { image.view_change = record.view_change; }
  void operator()(const NewViewRecord& record) const { image.new_view = record.new_view; }
  void operator()(const MuteRecord& record) const { image.mute = record.nonce; }
  void operator()(const SpeakRecord&) const { image.mute.reset(); }
  void operator()(const CollectRecord& record) const {
    erase_through(image.accepted, record.votes_through);
    erase_through(image.prepared, record.votes_through);
    image.own_checkpoints.erase(image.own_checkpoints.begin(), image.own_checkpoints.lower_bound(record.votes_through));
    erase_through(image.committed, record.bodies_through);
    if (image.bodies_collected < record.bodies_through) image.bodies_collected = record.bodies_through;
  }
};

}  // namespace

void LogImage::apply(const LogRecord& record) { std::visit(Apply{*this}, record); }

}  // namespace quorate
