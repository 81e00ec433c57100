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
Task<Reply> list_endpoints(const AdminRooms& rooms, CallContext& call);    // endpoints.cpp
Task<Reply> show_endpoint(const AdminRooms& rooms, CallContext& call);
Task<Reply> create_endpoint(const AdminRooms& rooms, CallContext& call);
Task<Reply> update_endpoint(const AdminRooms& rooms, CallContext& call);
Task<Reply> pause_endpoint(const AdminRooms& rooms, CallContext& call);
Task<Reply> resume_endpoint(const AdminRooms& rooms, CallContext& call);
Task<Reply> rotate_endpoint_secret(const AdminRooms& rooms, CallContext& call);
Task<Reply> delete_endpoint(const AdminRooms& rooms, CallContext& call);
Task<Reply> seek_endpoint(const AdminRooms& rooms, CallContext& call);
Task<Reply> prometheus(const AdminRooms& rooms, CallContext& call);        // operations.cpp
Task<Reply> check_status(const AdminRooms& rooms, CallContext& call);
Task<Reply> show_probe(const AdminRooms& rooms, CallContext& call);        // webhook_desk.cpp
Task<Reply> run_probe(const AdminRooms& rooms, CallContext& call);
Task<Reply> show_sink(const AdminRooms& rooms, CallContext& call);
Task<Reply> clear_sink(const AdminRooms& rooms, CallContext& call);
Task<Reply> test_sink(const AdminRooms& rooms, CallContext& call);

/// What an operator is told of an error of the rooms.
trust::Refusal refusal_of(const engine::Error& error);

using HandlerFunction = Task<Reply> (*)(const AdminRooms&, CallContext&);
/// A route that needs one permission (routes.cpp). The rooms outlive it.
trust::Route serve(const AdminRooms& rooms, HandlerFunction handler, engine::net::Method method, std::string_view path, std::string_view permission,
                   std::string_view summary, std::vector<engine::net::Parameter> parameters = {});

/// The whole table (routes.cpp).
std::vector<trust::Route> routes(const AdminRooms& rooms);

}  // namespace app::admin
