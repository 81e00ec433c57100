#include "app/operator_desk.h"

namespace app {

namespace {

using Selector = std::function<std::shared_ptr<const delivery::Selector>(const std::string&)>;

replay::History history(const OperatorDesk::Rooms& rooms, Selector selector) {
  replay::History made;
  made.read = [&log = rooms.log, selector](const std::string& endpoint, feed::Offset from, feed::Offset end, std::size_t changes) -> engine::Result<delivery::HistorySlice> {
    const auto wants = selector(endpoint);
    if (!wants) return engine::fail(engine::Errc::kNotFound, "there is no endpoint " + endpoint);
    return delivery::read_history(log, *wants, from, end, changes);
  };
  made.first_since = [&log = rooms.log](engine::WallTime t) { return delivery::first_appended_since(log, t); };
  made.high_watermark = [&log = rooms.log] { return log.high_watermark(); };
  made.knows = [selector = std::move(selector)](const std::string& endpoint) { return selector(endpoint) != nullptr; };
  return made;
}

}  // namespace

OperatorDesk::OperatorDesk(Rooms rooms, DeskReach reach)
    : jobs_({rooms.store, rooms.letters, rooms.audit, rooms.timers}, history(rooms, std::move(reach.selector))),
      runner_({rooms.loop, rooms.blocking, rooms.timers, jobs_}, std::move(reach.senders)),
      admin_rooms_{rooms.letters, rooms.desk, jobs_, rooms.attempts} {
  jobs_.on_change([this](replay::JobId id) { runner_.wake(id); });
}

}  // namespace app
