#pragma once
// The functions behind the routes of the operators' dialect.

#include <vector>

#include "access/gate/gate.h"
#include "app/surfaces/admin/surface.h"

namespace app::admin {

using engine::Task;
using trust::CallContext;
using trust::Reply;

Task<Reply> list_credentials(const AdminRooms& rooms, CallContext& call);  // credentials.cpp
Task<Reply> show_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> create_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> update_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> rotate_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> revoke_and_rotate_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> revoke_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> pause_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> resume_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> delete_credential(const AdminRooms& rooms, CallContext& call);
Task<Reply> list_audit(const AdminRooms& rooms, CallContext& call);        // audit.cpp
Task<Reply> verify_audit(const AdminRooms& rooms, CallContext& call);
Task<Reply> export_audit(const AdminRooms& rooms, CallContext& call);
Task<Reply> prometheus(const AdminRooms& rooms, CallContext& call);        // operations.cpp
Task<Reply> check_status(const AdminRooms& rooms, CallContext& call);

using HandlerFunction = Task<Reply> (*)(const AdminRooms&, CallContext&);
/// A route that needs one permission (routes.cpp). The rooms outlive it.
trust::Route serve(const AdminRooms& rooms, HandlerFunction handler, engine::net::Method method, std::string_view path, std::string_view permission,
                   std::string_view summary, std::vector<engine::net::Parameter> parameters = {});

/// The whole table (routes.cpp).
std::vector<trust::Route> routes(const AdminRooms& rooms);

}  // namespace app::admin
