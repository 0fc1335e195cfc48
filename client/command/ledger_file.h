// Answers about the ledger in a file: what proved blocks once proves them again, to whoever has the cluster file.
//
// The text `quorate-ledger 1` and a line end, first u64 and last u64 of the blocks, then the answers as they came, in
// the order in which they were used, each with its u32 length.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "client/ledger_proof.h"
#include "crypto/error.h"

namespace quorate::command {

/// Hands on another source's answers, and writes each down.
class RecordedLedger final : public LedgerSource {
 public:
  /// Both must outlive this object.
  RecordedLedger(LedgerSource& source, std::ostream& out, SequenceNumber first, SequenceNumber last);
  std::optional<LedgerAnswer> ask(SequenceNumber first, std::uint32_t count, LedgerWants wants) override;
  std::vector<LedgerAnswer> heads(SequenceNumber n, std::size_t enough) override;

 private:
  void write(const LedgerAnswer& answer);

  LedgerSource& source_;
  std::ostream& out_;
};

/// Gives out what a file holds, in its order.
class LedgerFile final : public LedgerSource {
 public:
  /// Errors: it cannot be read, or is no such file.
  static Result<std::unique_ptr<LedgerFile>> open(const std::string& name);
  std::optional<LedgerAnswer> ask(SequenceNumber first, std::uint32_t count, LedgerWants wants) override;
  std::vector<LedgerAnswer> heads(SequenceNumber n, std::size_t enough) override;

  SequenceNumber first() const { return first_; }
  SequenceNumber last() const { return last_; }
  /// Nothing is left behind what was given out.
  bool at_end();

 private:
  explicit LedgerFile(std::unique_ptr<std::istream> in);
  std::optional<LedgerAnswer> next();

  std::unique_ptr<std::istream> in_;
  SequenceNumber first_;
  SequenceNumber last_;
  std::optional<LedgerAnswer> ahead_;
};

}  // namespace quorate::command
