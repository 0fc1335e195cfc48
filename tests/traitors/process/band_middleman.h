// A band of traitors in a real process: between quorate-replica's driver and its connections.
//
// What the simulator's hosts do with a band (tests/simulation/host_traitor.cc) on sockets and a real clock: frames are
// decoded, shown to the band, and what it lets out leaves, perhaps later. Not here: holding up messages between
// others, which only a network can do.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <set>

#include "crypto/ed25519.h"
#include "replica/middleman.h"
#include "tests/traitors/band.h"
#include "tests/traitors/process/rude_calls.h"

namespace quorate::traitors {

class BandMiddleman : public Middleman {
 public:
  /// `postings` of this replica make its band; those of others name its fellows, in whose name it may sign too: their
  /// keys must stand beside the cluster file. So does the key of the client that colludes, the last one of the cluster;
  /// if it is elsewhere there is no such client. Errors: nothing is posted here, a replica that does not exist, a key
  /// that cannot be read.
  static Result<std::unique_ptr<Middleman>> make(const Seat& seat, const std::vector<Posting>& postings);

  /// Logs how often each of them acted; its first act is logged when it comes.
  ~BandMiddleman() override;
  BandMiddleman(const BandMiddleman&) = delete;
  BandMiddleman& operator=(const BandMiddleman&) = delete;

  void begin(Ways ways) override;
  void leaving(const Peer& to, FramePtr frame) override;
  void arriving(const Peer& from, std::vector<Bytes> payloads) override;

 private:
  explicit BandMiddleman(const Seat& seat);
  Result<void> know(const Seat& seat, ReplicaId fellow);
  Result<void> take_client(const Seat& seat);
  void plan_idle();
  void let_out(const std::vector<Parcel>& parcels, const MessagePtr& genuine, const FramePtr& genuine_frame);
  void put_out(const Parcel& parcel, FramePtr frame);
  void take_band_output();
  void tell_first_acts();

  asio::io_context& main_;
  Ways ways_;
  std::vector<std::unique_ptr<Ed25519Signer>> signers_;  // behind the keys of the scratch and the client
  Ed25519Scheme scheme_;
  Scratch scratch_;
  Band band_;
  RudeCalls rude_calls_;
  std::set<const Band::Member*> told_;
  asio::steady_timer idle_;
};

}  // namespace quorate::traitors
