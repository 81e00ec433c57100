#pragma once
// The rounds: what operations do by themselves while the server runs.

#include <chrono>
#include <functional>

#include "app/operations/operations.h"
#include "app/operations/outbox.h"
#include "engine/runtime/timers.h"

namespace app::operations {

/// Every kRound: new dead letters are told of, and what is due is sent. Every kLook, first in the first round: the monitor looks, counters are stored,
/// `every_look` is called. What fails is logged, once while it goes on failing, and tried again in the next round. Threads: belongs to one loop; everything it
/// refers to outlives the loop.
class Watch {
 public:
  static constexpr std::chrono::seconds kRound{5};
  static constexpr std::chrono::seconds kLook{60};

  /// `every_look` runs on `blocking`; may be empty.
  Watch(Operations& operations, Outbox& outbox, engine::Timers& timers, asio::any_io_executor blocking, std::function<void()> every_look = {});

  /// Until stop(). Its sleep ends early by the coroutine's cancellation; what is being sent then is tried again at the next start.
  engine::Task<void> run();
  void stop() { stopping_ = true; }  ///< on the loop; cancel run() afterwards

 private:
  engine::Task<void> round();
  engine::Task<void> look();
  void note(std::string_view what, const engine::Result<void>& outcome, bool& failing);

  Operations& operations_;
  Outbox& outbox_;
  engine::Timers& timers_;
  asio::any_io_executor blocking_;
  std::function<void()> every_look_;
  bool stopping_ = false;
  bool round_failing_ = false, sending_failing_ = false, look_failing_ = false;
};

}  // namespace app::operations
