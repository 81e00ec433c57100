#pragma once
// The development test sink over HTTP: without a token, and not there at all unless it is switched on (contract craft-agents-api 16.10).

#include "app/webhook_desk.h"
#include "engine/base/json_writer.h"
#include "engine/net/http.h"

namespace app::craft_agents {

/// Whether the request is the sink's to answer; one slash at the end is tolerated.
bool is_for_test_sink(const WebhookDesk& desk, const engine::net::Request& request);
/// `request` outlives the coroutine.
engine::Task<engine::net::Response> answer_as_test_sink(const WebhookDesk& desk, asio::thread_pool& pool, const engine::net::Request& request);

/// What the answer and the operators' list begin with: id, eventId, resourceType, resourceId, action, verificationStatus, as members of the open object.
void write_captured(engine::JsonWriter& json, const replay::Capture& capture);

}  // namespace app::craft_agents
