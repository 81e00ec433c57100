#pragma once
// The operator's desk over HTTP: dead letters, replays, deliveries. Its routes are there where its rooms are.

#include <vector>

#include "access/gate/gate.h"

namespace delivery {
class AttemptLog;
class DeadLetters;
}
namespace replay {
class ReplayDesk;
class ReplayJobs;
}

namespace app::admin {

struct AdminRooms;

/// All outlive the surface.
struct DeskRooms {
  const delivery::DeadLetters& letters;
  replay::ReplayDesk& desk;
  replay::ReplayJobs& jobs;
  const delivery::AttemptLog& attempts;
};

engine::Task<trust::Reply> list_dead_letters(const AdminRooms& rooms, trust::CallContext& call);   // dead_letters.cpp
engine::Task<trust::Reply> count_dead_letters(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> group_dead_letters(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> show_dead_letter(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> replay_dead_letter(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> count_replay(const AdminRooms& rooms, trust::CallContext& call);        // replays.cpp
engine::Task<trust::Reply> create_replay(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> list_replays(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> show_replay(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> pause_replay(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> resume_replay(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> cancel_replay(const AdminRooms& rooms, trust::CallContext& call);
engine::Task<trust::Reply> list_deliveries(const AdminRooms& rooms, trust::CallContext& call);     // deliveries.cpp

/// desk_routes.cpp
std::vector<trust::Route> desk_routes(const AdminRooms& rooms);

}  // namespace app::admin
