// A data command's way to the cluster: operations in, answers out. What goes wrong is printed here, and becomes the
// exit status with which the command ends. The only user of Session among the data commands.
#pragma once

#include <functional>
#include <memory>
#include <tl/expected.hpp>

#include "client/command/commands.h"
#include "client/command/session.h"

namespace quorate::command {

class Asker {
 public:
  /// The target must outlive this.
  explicit Asker(const Target& target) : target_(target) {}

  /// Reads the cluster's files and takes a client key, which the first operation does otherwise. Errors: files missing
  /// or wrong, no client key free; not printed.
  Result<void> open();
  /// Runs one operation until it is answered; the status of what went wrong.
  tl::expected<Answer, Status> ask(const Operation& operation);

  /// Begins an operation whose answer, good or not, `done` takes during a later `run_until` or `ask`. Errors: as
  /// open, an operation beyond its limits; not printed.
  Result<void> begin(const Operation& operation, std::function<void(const Answer&)> done);
  /// Takes answers until `done` says so; at least one operation is under way until then.
  template <typename Condition>
  void run_until(Condition done) {
    session_->run_until(done);
  }
  asio::any_io_executor executor() { return session_->client().get_executor(); }

 private:
  const Target& target_;
  std::unique_ptr<Session> session_;
};

}  // namespace quorate::command
