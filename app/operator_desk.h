#pragma once
// The operator's desk put together: replay jobs and their runner over whatever endpoints there are.

#include "app/surfaces/admin/desk.h"
#include "delivery/attempt_log.h"
#include "delivery/dead_letters.h"
#include "replay/job_runner.h"
#include "replay/replay_desk.h"

namespace app {

/// How the desk reaches endpoints by name. Functions may be called from any thread.
struct DeskReach {
  std::function<std::shared_ptr<const delivery::Selector>(const std::string& endpoint)> selector;  ///< what it wants; nullptr: there is no such endpoint
  replay::Senders senders;
};

/// Threads: as the rooms say. The references and what `reach` refers to outlive it.
class OperatorDesk {
 public:
  struct Rooms {
    engine::store::Store& store;
    delivery::DeadLetters& letters;
    trust::AuditLog& audit;
    engine::Timers& timers;
    const feed::RecordLog& log;
    replay::ReplayDesk& desk;
    const delivery::AttemptLog& attempts;
    asio::any_io_executor loop;
    asio::any_io_executor blocking;
  };
  OperatorDesk(Rooms rooms, DeskReach reach);

  /// Works replay jobs off until stop(). Spawn it once, on the loop.
  engine::Task<void> run() { return runner_.run(); }
  void stop() { runner_.stop(); }
  const admin::DeskRooms& rooms() const { return admin_rooms_; }

 private:
  replay::ReplayJobs jobs_;
  replay::JobRunner runner_;
  admin::DeskRooms admin_rooms_;
};

}  // namespace app
