#pragma once
// Hands decisions to who acts on them: each execution that the control plane queued is one signed POST, repeated until it is taken or given up
// (contract craft-agents-governance 4.7; signature: craft-agents-api 16.4, 16.5).

#include <memory>
#include <random>
#include <string>

#include "access/control/control_plane.h"
#include "delivery/endpoint.h"
#include "delivery/retry_policy.h"
#include "delivery/signature.h"
#include "delivery/wake_signal.h"
#include "engine/net/transport.h"

namespace app {

/// All outlive the hand-off.
struct HandoffRooms {
  asio::any_io_executor loop;
  asio::any_io_executor blocking;  ///< for what touches the disk
  engine::Timers& timers;
  engine::net::Transport& transport;
  trust::ControlPlane& control;
  std::uint64_t seed = 0;  ///< of the waits between attempts
};

/// The body of a hand-over: the same bytes at every attempt. Its id, in the header and as `handoffId`, is "execution-<id>", for the receiver to drop repeats
/// by.
std::string handoff_id(trust::ExecutionId id);
std::string handoff_body(const trust::Execution& execution);

/// One after the other, oldest first: a decision that is not taken yet does not hold up the next. At least once: a crash between answer and record repeats one.
/// Threads: run() lives on one loop; stop() and wake() from any.
class ActionHandoff {
 public:
  /// kMalformed: the endpoint's settings; every problem in one text.
  static engine::Result<std::unique_ptr<ActionHandoff>> make(HandoffRooms rooms, delivery::EndpointConfig endpoint);

  /// Until stop(); the attempt under way ends first.
  engine::Task<void> run();
  void stop();
  /// Something was queued.
  void wake();

 private:
  struct Work {
    std::vector<trust::Execution> due;
    std::optional<engine::WallTime> next;
  };
  ActionHandoff(HandoffRooms rooms, delivery::EndpointConfig endpoint, engine::net::Url url);
  engine::Task<bool> hand_over(const trust::Execution& execution);
  engine::Task<void> rest(std::optional<engine::WallTime> until);

  HandoffRooms rooms_;
  delivery::EndpointConfig endpoint_;
  engine::net::Url url_;
  delivery::SignedHeaders headers_;
  delivery::WakeSignal signal_;
  std::mt19937_64 random_;
  bool woken_ = false;
  bool stopping_ = false;
};

}  // namespace app
