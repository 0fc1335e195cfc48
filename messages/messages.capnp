# The wire schema. What each field means is in messages.h; what is signed is in README.md, never these bytes.
# Digests are 32 bytes, signatures 64. A certificate's signatures stand in one string, 64 bytes for each signer in order.
@0xd6a1c4f0b7e25a93;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("quorate::wire");

struct Frame {
  union {
    request @0 :Request;
    prePrepare @1 :PrePrepare;
    prepare @2 :Vote;
    commit @3 :Vote;
    checkpoint @4 :Checkpoint;
    stableCheckpoint @5 :StableCheckpoint;
    status @6 :Status;
    fetch @7 :Fetch;
    committedBatch @8 :CommittedBatch;
    replies @9 :Replies;
    refusal @10 :Refusal;
    markQuery @11 :Query;
    markAnswer @12 :MarkAnswer;
    healthQuery @13 :Query;
    healthReport @14 :HealthReport;
    hello @15 :Hello;
    helloAnswer @16 :HelloAnswer;
    helloProof @17 :HelloProof;
    viewChange @18 :Signed;
    newView @19 :Signed;
    fetchBody @20 :FetchBody;
    body @21 :Body;
    stateQuery @22 :StateQuery;
    stateOffer @23 :Checkpoint;
    stateFetch @24 :Signed;
    stateParts @25 :StateParts;
    ledgerQuery @26 :LedgerQuery;
    ledgerAnswer @27 :LedgerAnswer;
    blockFetch @28 :BlockFetch;
    blockRun @29 :BlockRun;
    rejoin @30 :Rejoin;
  }
}

struct Request {
  payload @0 :Data;
  signature @1 :Data;
}

struct PrePrepare {
  view @0 :UInt64;
  n @1 :UInt64;
  digest @2 :Data;
  signature @3 :Data;
  body @4 :Data;  # absent exactly for the null batch
}

struct Vote {
  view @0 :UInt64;
  n @1 :UInt64;
  replica @2 :UInt32;
  digest @3 :Data;
  signature @4 :Data;
}

struct Checkpoint {
  n @0 :UInt64;
  replica @1 :UInt32;
  root @2 :Data;
  signature @3 :Data;
}

struct StableCheckpoint {
  n @0 :UInt64;
  root @1 :Data;
  signers @2 :List(UInt32);
  signatures @3 :Data;
}

struct Status {
  replica @0 :UInt32;
  view @1 :UInt64;
  active @2 :Bool;
  lowWatermark @3 :UInt64;
  lastExecuted @4 :UInt64;
  accepted @5 :Data;
  prepared @6 :Data;
  committed @7 :Data;
  signature @8 :Data;
}

struct Fetch {
  replica @0 :UInt32;
  count @1 :UInt32;
  first @2 :UInt64;
  signature @3 :Data;
}

struct CommittedBatch {
  view @0 :UInt64;
  n @1 :UInt64;
  digest @2 :Data;
  signers @3 :List(UInt32);
  signatures @4 :Data;
  body @5 :Data;  # absent exactly for the null batch
}

struct Leaf {
  client @0 :UInt32;
  index @1 :UInt32;
  timestamp @2 :UInt64;
  n @3 :UInt64;
  status @4 :UInt8;
  operationDigest @5 :Data;
  result @6 :Data;
}

struct Replies {
  replica @0 :UInt32;
  treeSize @1 :UInt32;
  viewHint @2 :UInt64;
  first @3 :UInt32;
  root @4 :Data;
  signature @5 :Data;
  leaves @6 :List(Leaf);
  proof @7 :Data;  # 32 bytes for each digest
}

struct Refusal {
  reason @0 :UInt8;
  client @1 :UInt32;
  timestamp @2 :UInt64;
  replica @3 :UInt32;
  signature @4 :Data;
}

struct Query {
  client @0 :UInt32;
  nonce @1 :UInt64;
  signature @2 :Data;
}

struct MarkAnswer {
  client @0 :UInt32;
  replica @1 :UInt32;
  nonce @2 :UInt64;
  newest @3 :UInt64;
  viewHint @4 :UInt64;
  signature @5 :Data;
}

struct HealthReport {
  replica @0 :UInt32;
  active @1 :Bool;
  nonce @2 :UInt64;
  view @3 :UInt64;
  lastExecuted @4 :UInt64;
  stableCheckpoint @5 :UInt64;
  health @6 :Text;
  signature @7 :Data;
}

struct Hello {
  wireVersion @0 :UInt32;
  kind @1 :UInt8;
  id @2 :UInt32;
  clusterId @3 :Data;
  nonce @4 :Data;
}

struct HelloAnswer {
  wireVersion @0 :UInt32;
  replica @1 :UInt32;
  nonce @2 :Data;
  signature @3 :Data;
}

struct HelloProof {
  signature @0 :Data;
}

# One canonical payload, as it was signed.
struct Signed {
  payload @0 :Data;
  signature @1 :Data;
}

struct FetchBody {
  replica @0 :UInt32;
  n @1 :UInt64;
  digest @2 :Data;
  signature @3 :Data;
}

struct Body {
  n @0 :UInt64;
  digest @1 :Data;
  body @2 :Data;
}

struct StateQuery {
  replica @0 :UInt32;
  atLeast @1 :UInt64;
  signature @2 :Data;
}

struct StateParts {
  n @0 :UInt64;
  parts @1 :Data;  # one canonical encoding
}

struct LedgerQuery {
  client @0 :UInt32;
  count @1 :UInt32;
  nonce @2 :UInt64;
  first @3 :UInt64;
  wants @4 :UInt8;
  signature @5 :Data;
}

struct LedgerAnswer {
  replica @0 :UInt32;
  client @1 :UInt32;
  nonce @2 :UInt64;
  oldest @3 :UInt64;
  newest @4 :UInt64;
  headN @5 :UInt64;
  head @6 :Data;
  signature @7 :Data;
  entries @8 :Data;     # one canonical encoding
  checkpoint @9 :Data;  # likewise; absent when there is none
}

struct BlockFetch {
  replica @0 :UInt32;
  count @1 :UInt32;
  last @2 :UInt64;
  signature @3 :Data;
}

struct BlockRun {
  last @0 :UInt64;
  blocks @1 :Data;  # one canonical encoding
}

struct Rejoin {
  replica @0 :UInt32;
  count @1 :UInt64;
  nonce @2 :UInt64;
  signature @3 :Data;
}
