#include "app/surfaces/craft_agents/envelope.h"

#include <algorithm>
#include <array>

#include "engine/base/append_number.h"
#include "engine/base/text_codec.h"
#include "engine/base/byte_writer.h"
#include "engine/crypto/random.h"

namespace app::craft_agents {

using trust::Reason;

namespace {

constexpr std::array<ErrorCode, 11> kErrorCodes{{
    {400, "INVALID_REQUEST", "The query or body of the request is not valid."},
    {401, "UNAUTHORIZED", "No token, or one that is not valid here."},
    {403, "FORBIDDEN", "The token is valid but lacks the scope."},
    {404, "NOT_FOUND", "There is no such endpoint or resource."},
    {405, "METHOD_NOT_ALLOWED", "The endpoint does not support this method."},
    {429, "RATE_LIMIT_EXCEEDED", "Too many requests in the current window."},
    {503, "SERVICE_DISABLED", "The service is switched off by configuration."},
    {503, "SERVER_MISCONFIGURED", "The server lacks configuration that the endpoint needs."},
    {500, "INTERNAL_ERROR", "The server failed unexpectedly."},
    {410, "CURSOR_EXPIRED", "The cursor points to changes that are no longer kept."},
    {503, "SERVICE_UNAVAILABLE", "The feed is not ready yet; retry later."},
}};

struct Words {
  int status;
  std::string_view code;
  std::string_view message;
};

Words words(Reason reason) {
  switch (reason) {
    case Reason::kNotFound: return {404, "NOT_FOUND", "Endpoint is not available."};
    case Reason::kMethodNotAllowed: return {405, "METHOD_NOT_ALLOWED", ""};
    case Reason::kServiceDisabled: return {503, "SERVICE_DISABLED", "Agents API is currently disabled by configuration."};
    case Reason::kRateLimited: return {429, "RATE_LIMIT_EXCEEDED", "Too many requests."};
    case Reason::kInvalid: return {400, "INVALID_REQUEST", "Invalid request."};
    case Reason::kNoCredentials: return {503, "SERVER_MISCONFIGURED", "API credentials are required, but none are configured."};
    case Reason::kMisconfigured: return {503, "SERVER_MISCONFIGURED", "Server configuration is incomplete."};
    case Reason::kUnauthorized: return {401, "UNAUTHORIZED", "Missing or invalid token."};
    case Reason::kAddressRefused: return {401, "UNAUTHORIZED", "This credential may not be used from your IP address."};
    case Reason::kForbidden: return {403, "FORBIDDEN", "Missing required scope."};
    case Reason::kExpired: return {410, "CURSOR_EXPIRED", "The cursor has expired."};
    case Reason::kNotReady: return {503, "SERVICE_UNAVAILABLE", "The first snapshot is not complete yet; retry later."};
    case Reason::kInternal: return {500, "INTERNAL_ERROR", "Unexpected server error while processing the request."};
  }
  return {500, "INTERNAL_ERROR", ""};
}

std::string message_of(const trust::Refusal& refusal, const Words& standard, bool strict_production) {
  if (!refusal.message.empty()) return refusal.message;
  if (refusal.reason == Reason::kMethodNotAllowed) return "Only " + refusal.allow + " requests are supported.";
  if (refusal.reason == Reason::kForbidden && !refusal.scope.empty()) return "Missing required scope: " + refusal.scope;
  std::string message(standard.message);
  if (refusal.reason == Reason::kNoCredentials && strict_production) message += " Guarded endpoints are refused in production.";
  return message;
}

bool acceptable_id(std::string_view id) {
  if (id.size() < 8 || id.size() > 128) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' || c == '-';
  });
}

/// Unique, not secret: SplitMix64 from a random start for each thread.
std::uint64_t next_id() {
  thread_local std::uint64_t state = engine::crypto::SystemRandom().u64();
  std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

std::span<const ErrorCode> error_codes() { return kErrorCodes; }

std::string success(std::string_view data, std::string_view request_id, std::string_view meta) {
  std::string out;
  out.reserve(data.size() + meta.size() + 96);
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("data").raw(data);
  if (!meta.empty()) json.key("meta").raw(meta);
  json.key("requestId").string(request_id);
  json.end_object();
  return out;
}

std::string failure(int status, std::string_view code, std::string_view message, std::string_view request_id,
                    const trust::Refusal& refusal) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("error").begin_object();
  json.key("code").string(code);
  json.key("message").string(message);
  if (!refusal.extra_json.empty()) json.key("details").raw(refusal.extra_json);
  json.end_object();
  json.key("status").number(status);
  json.key("requestId").string(request_id);
  if (!refusal.details.empty()) {
    json.key("details").begin_array();
    for (const auto& detail : refusal.details) json.string(detail);
    json.end_array();
  }
  if (!refusal.required_scope.empty()) json.key("requiredScope").string(refusal.required_scope);
  if (refusal.retry_at) json.key("retryAfter").number(*refusal.retry_at);
  json.end_object();
  return out;
}

engine::net::Response Envelope::refuse(const trust::Refusal& refusal, std::string_view request_id) const {
  const auto standard = words(refusal.reason);
  engine::net::Response response;
  response.status = standard.status;
  response.body = failure(standard.status, standard.code, message_of(refusal, standard, strict_production_), request_id, refusal);
  if (!refusal.allow.empty()) response.headers.push_back({"Allow", refusal.allow});
  if (refusal.retry_after_seconds) response.headers.push_back({"Retry-After", std::to_string(*refusal.retry_after_seconds)});
  return response;
}

// Finished lines, since every answer bears them: numbers, constants, and an id that request_id() has checked.
void Envelope::add_headers(engine::net::Response& response, std::string_view request_id, const trust::RateDecision* rate) const {
  auto& out = response.lines;
  out.reserve(out.size() + 320);
  out.append("X-Request-Id: ").append(request_id);
  if (rate) {
    engine::append_number(out.append("\r\nX-RateLimit-Limit: "), rate->limit);
    engine::append_number(out.append("\r\nX-RateLimit-Remaining: "), rate->remaining);
    engine::append_number(out.append("\r\nX-RateLimit-Reset: "), rate->reset_epoch);
  }
  out.append("\r\nCache-Control: no-store, private\r\nPragma: no-cache\r\nExpires: 0\r\n");
  const bool own_type = response.stream || engine::net::find_header(response.headers, "Content-Type");
  if (!own_type) out.append("Content-Type: application/json; charset=UTF-8\r\n");
}

std::string Envelope::request_id(const engine::net::Request& request) const {
  if (const auto sent = request.header("X-Request-Id"); sent && acceptable_id(*sent)) return std::string(*sent);
  std::string bytes;
  engine::ByteWriter(bytes).big(next_id());
  std::string id;
  id.reserve(24);
  id.append("agents-");
  engine::append_hex(id, bytes);
  return id;
}

}  // namespace app::craft_agents
