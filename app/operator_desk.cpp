#include "app/operator_desk.h"

namespace app {

namespace {

replay::History history(const OperatorDesk::Rooms& rooms, std::function<bool(const std::string&)> knows) {
  replay::History made;
  made.read = [&log = rooms.log, &interests = rooms.interests](const std::string&, feed::Offset from, feed::Offset end, std::size_t changes) {
    return delivery::read_history(log, interests, from, end, changes);
  };
  made.first_since = [&log = rooms.log](engine::WallTime t) { return delivery::first_appended_since(log, t); };
  made.high_watermark = [&log = rooms.log] { return log.high_watermark(); };
  made.knows = std::move(knows);
  return made;
}

}  // namespace

OperatorDesk::OperatorDesk(Rooms rooms, DeskReach reach)
    : jobs_({rooms.store, rooms.letters, rooms.audit, rooms.timers}, history(rooms, std::move(reach.knows))),
      runner_({rooms.loop, rooms.blocking, rooms.timers, jobs_}, std::move(reach.senders)),
      admin_rooms_{rooms.letters, rooms.desk, jobs_, rooms.attempts} {
  jobs_.on_change([this](replay::JobId id) { runner_.wake(id); });
}

}  // namespace app
