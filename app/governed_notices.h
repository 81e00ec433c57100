#pragma once
// People are told of governed actions (contract craft-agents-governance 4.4, 4.6, 4.7).

#include "access/control/control_plane.h"
#include "app/operations/notifications.h"

namespace app {

/// From now on `notifications` queues a message for every approval that is asked for, decided or expired, and for every execution that is blocked or fails.
/// Before the first request; both outlive each other's use.
void tell_of_governed_actions(trust::ControlPlane& control, operations::Notifications& notifications);

}  // namespace app
