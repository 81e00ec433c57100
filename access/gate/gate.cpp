#include "access/gate/gate.h"

#include <algorithm>

#include "engine/runtime/asio.h"

namespace trust {

using engine::net::Method;

/// One request on its way in: what the checks have found out so far.
struct Gate::Passage {
  const engine::net::Request& request;
  std::string id;
  engine::net::Router::Match place{};
  const Route* route = nullptr;
  engine::net::SentValues query{};
  engine::net::Arguments arguments{};
  Principal principal{};
  std::optional<RateDecision> rate{};
  std::uint64_t generation = 0;  ///< of the credentials when the request came in
  engine::WallTime now{};        ///< when it came in

  bool writes() const { return request.method != Method::kGet && request.method != Method::kHead; }
};

namespace {

Refusal refusal(Reason reason, std::string message = {}) {
  Refusal refused;
  refused.reason = reason;
  refused.message = std::move(message);
  return refused;
}

std::optional<Refusal> refuse_without(Permission permission) {
  if (permission) return std::nullopt;
  auto refused = refusal(Reason::kForbidden);
  refused.scope = std::move(permission.canonical);
  refused.required_scope = std::move(permission.missing);
  return refused;
}

bool is_bearer_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._~+/-=:").find(c) != std::string_view::npos;
}

/// The token of "Bearer <token>"; empty for any other header.
std::string_view bearer_token(std::string_view header) {
  header = engine::net::trimmed(header);
  if (!header.starts_with("Bearer")) return {};
  header.remove_prefix(6);
  const auto token = engine::net::trimmed(header);
  if (token.size() == header.size()) return {};  // no white space between
  for (const char c : token) {
    if (!is_bearer_character(c)) return {};
  }
  return token;
}

std::string_view sent_text(const engine::net::SentValues& sent, std::string_view name) {
  for (const auto& value : sent) {
    if (value.name == name) return engine::net::trimmed(value.text);
  }
  return {};
}

struct Token {
  std::string_view text;
  AuthMethod method = AuthMethod::kNone;
};

/// The first transport that carries a token; later ones are not tried even where it matches nothing.
Token find_token(const engine::net::Request& request, const engine::net::SentValues& query, bool query_allowed) {
  if (const auto header = request.header("Authorization")) {
    if (const auto token = bearer_token(*header); !token.empty()) return {token, AuthMethod::kAuthorization};
  }
  if (const auto header = request.header("X-Agents-Token")) {
    if (const auto token = engine::net::trimmed(*header); !token.empty()) return {token, AuthMethod::kAgentsToken};
  }
  if (query_allowed) {
    if (const auto token = sent_text(query, "apiToken"); !token.empty()) return {token, AuthMethod::kQuery};
  }
  return {};
}

bool is_json(std::string_view content_type) {
  const auto media = engine::net::ascii_lower(engine::net::trimmed(content_type.substr(0, content_type.find(';'))));
  return media == "application/json" || media.ends_with("+json");
}

/// A handler's answer as it goes out. Not part of Gate::handle, whose frame is to stay small enough to be used again and again.
engine::net::Response told(const Surface& surface, Answer& answer, std::string_view request_id, const RateDecision* rate) {
  engine::net::Response response;
  response.status = answer.status;
  response.headers = std::move(answer.headers);
  response.body = std::move(answer.body);
  response.stream = std::move(answer.stream);
  surface.add_headers(response, request_id, rate);
  return response;
}

Refusal invalid_parameters(std::vector<std::string> problems, bool list_them) {
  auto refused = refusal(Reason::kInvalid, problems.front());
  if (list_them) refused.details = std::move(problems);
  return refused;
}

}  // namespace

Actor actor_of(const CallContext& call) {
  const auto& principal = call.principal;
  return {principal.id().starts_with(kOperatorPrefix) ? "cp-user" : "credential", std::string(principal.id()), std::string(call.request_id), call.request.peer_address};
}

Gate::Gate(std::string base_path, std::vector<Route> routes, GateSettings settings, std::shared_ptr<const CredentialSet> credentials,
           RateLimiter& limiter, const Surface& surface, const engine::Clock& clock)
    : routes_(std::move(routes)),
      router_(std::move(base_path)),
      settings_(std::move(settings)),
      credentials_(std::move(credentials)),
      limiter_(limiter),
      surface_(surface),
      clock_(clock) {
  for (std::size_t i = 0; i < routes_.size(); ++i) router_.add(routes_[i], i);
}

void Gate::replace_credentials(std::shared_ptr<const CredentialSet> credentials) {
  {
    const std::lock_guard lock(keeping_);
    credentials_.swap(credentials);
  }
  ++generation_;
}
std::shared_ptr<const CredentialSet> Gate::credentials() const {
  const std::lock_guard lock(keeping_);
  return credentials_;
}

engine::Task<engine::net::Response> Gate::handle(const engine::net::Request& request) {
  Passage passage{request, surface_.request_id(request)};
  passage.generation = generation_.load();
  passage.now = clock_.wall_now();
  if (auto refused = admit(passage)) co_return refuse(*refused, passage);

  const RateDecision rate = passage.rate.value_or(RateDecision{});
  CallContext call{request, passage.arguments, passage.place.parameters, passage.principal, rate, passage.id, passage.now};
  Reply reply = refusal(Reason::kInternal);
  try {
    reply = co_await passage.route->handler(call);
  } catch (...) {
    reply = refusal(Reason::kInternal);  // what was thrown may hold anything: it is not shown
  }
  // What was taken away meanwhile reads nothing any more. A write happened while it was allowed: its answer says so.
  if (!passage.writes() && generation_.load() != passage.generation) {
    if (auto refused = admit_again(passage.principal, passage.route->scopes, request.peer_address)) reply = std::move(*refused);
  }
  if (auto* refused = std::get_if<Refusal>(&reply)) co_return refuse(*refused, passage);
  co_return told(surface_, std::get<Answer>(reply), passage.id, passage.rate ? &*passage.rate : nullptr);
}

std::optional<Refusal> Gate::admit_again(const Principal& principal, const engine::net::ScopeRule& scopes, std::string_view peer_address) const {
  if (!settings_.enabled) return refusal(Reason::kServiceDisabled);
  if (principal.anonymous()) return std::nullopt;
  if (principal.credential()->over(clock_.wall_now())) return refusal(Reason::kUnauthorized);
  auto live = this->credentials();
  if (live.get() == principal.found_in()) return std::nullopt;
  const auto* credential = live ? live->find_again(*principal.credential()) : nullptr;
  if (!credential) return refusal(Reason::kUnauthorized);
  if (!address_allowed(credential->ip_allowlist, peer_address)) return refusal(Reason::kAddressRefused);
  return refuse_without(allow(Principal(live, *credential, principal.method()), scopes));
}

std::optional<Refusal> Gate::judge(const RateDecision& rate) const {
  if (rate.allowed) return std::nullopt;
  auto refused = refusal(Reason::kRateLimited);
  refused.retry_at = rate.reset_epoch;
  refused.retry_after_seconds = std::max<std::int64_t>(1, rate.reset_epoch - engine::unix_seconds(clock_.wall_now()));
  return refused;
}

/// The table of contract section 4.1. What it returns first is the answer.
std::optional<Refusal> Gate::admit(Passage& passage) const {
  if (auto refused = find_route(passage)) return refused;                                // 3, 4: feature, path, method
  if (!settings_.enabled) return refusal(Reason::kServiceDisabled);                      // 5
  if (traffic_) traffic_->count(TrafficEvent::kRequest);                                 // 6
  passage.rate = limiter_.before_authentication(passage.request.peer_address, passage.request.path, passage.now);
  if (auto refused = judge(*passage.rate)) return refused;                               // 7
  if (!passage.request.query.empty()) passage.query = engine::net::sent_in_query(passage.request.query);
  if (auto refused = check_write(passage)) return refused;                               // 8
  if (settings_.require_token) {
    if (auto refused = authenticate(passage)) return refused;                            // 10 to 13
    if (usage_) usage_(passage.principal, passage.request);                              // 14
    passage.rate = limiter_.after_authentication(passage.request.peer_address, passage.request.path, passage.principal.fingerprint(), passage.now);
    if (auto refused = judge(*passage.rate)) return refused;                             // 15
    if (auto refused = authorise(passage)) return refused;                               // 16
  }
  return check_parameters(passage);                                                      // 17
}

std::optional<Refusal> Gate::find_route(Passage& passage) const {
  passage.place = router_.find(passage.request.path);
  if (!passage.place.node) return refusal(Reason::kNotFound);
  const auto& node = *passage.place.node;
  bool any_on = false;
  for (const auto& entry : node.routes) any_on = any_on || is_on(settings_.features, routes_[entry.second].feature);
  if (!any_on) return refusal(Reason::kNotFound);
  const auto* index = engine::net::route_for(node, passage.request.method);
  if (!index || !is_on(settings_.features, routes_[*index].feature)) {
    auto refused = refusal(Reason::kMethodNotAllowed);
    refused.allow = engine::net::allowed_methods(node);
    return refused;
  }
  passage.route = &routes_[*index];
  return std::nullopt;
}

std::optional<Refusal> Gate::check_write(Passage& passage) const {
  if (!passage.writes()) return std::nullopt;
  if (!sent_text(passage.query, "apiToken").empty()) {
    return refusal(Reason::kInvalid, "Query parameter `apiToken` is not accepted on write requests; send the token in a header.");
  }
  if (!is_json(passage.request.header("Content-Type").value_or(""))) {
    return refusal(Reason::kInvalid, "Write requests need a JSON body with `Content-Type: application/json`.");
  }
  auto body = engine::net::sent_in_body(passage.request.body);
  if (!body) return refusal(Reason::kInvalid, "Request body must be valid JSON.");
  passage.query = std::move(*body);  // from here on a write's parameters are those of its body
  return std::nullopt;
}

std::optional<Refusal> Gate::authenticate(Passage& passage) const {
  auto credentials = this->credentials();
  if (!credentials || !credentials->ever_configured()) return refusal(Reason::kNoCredentials);
  const auto token = find_token(passage.request, passage.query, settings_.allow_query_token && !passage.writes());
  if (token.text.empty()) return refusal(Reason::kUnauthorized);
  const auto* credential = credentials->find(token.text, passage.now);
  if (!credential) return refusal(Reason::kUnauthorized);
  if (!address_allowed(credential->ip_allowlist, passage.request.peer_address)) return refusal(Reason::kAddressRefused);
  passage.principal = Principal(std::move(credentials), *credential, token.method);
  return std::nullopt;
}

std::optional<Refusal> Gate::authorise(Passage& passage) const {
  return refuse_without(allow(passage.principal, passage.route->scopes, passage.route->deprecated));
}

std::optional<Refusal> Gate::check_parameters(Passage& passage) const {
  const auto& declared = passage.route->parameters;
  passage.arguments = engine::net::Arguments(declared);
  if (declared.empty()) return std::nullopt;
  auto problems = engine::net::validate(declared, passage.query, passage.arguments);
  engine::net::check_identifiers(passage.route->identifiers, passage.query, problems);
  if (problems.empty()) return std::nullopt;
  return invalid_parameters(std::move(problems), !passage.writes());
}

engine::net::Response Gate::refuse(const Refusal& refusal, const Passage& passage) const {
  if (traffic_) {
    if (refusal.reason == Reason::kRateLimited) traffic_->count(TrafficEvent::kRateLimited);
    if (refusal.reason == Reason::kUnauthorized || refusal.reason == Reason::kAddressRefused) traffic_->count(TrafficEvent::kAuthFailure);
    if (refusal.reason == Reason::kForbidden) traffic_->count(TrafficEvent::kForbidden);
  }
  if (denied_) denied_(refusal, passage.principal, passage.request, passage.id);
  auto response = surface_.refuse(refusal, passage.id);
  // A service that is switched off, or not filled yet, is no fault.
  if (traffic_ && response.status >= 500 && refusal.reason != Reason::kServiceDisabled && refusal.reason != Reason::kNotReady) {
    traffic_->count(TrafficEvent::kServerError);
  }
  return finish(std::move(response), passage);
}

engine::net::Response Gate::finish(engine::net::Response response, const Passage& passage) const {
  surface_.add_headers(response, passage.id, passage.rate ? &*passage.rate : nullptr);
  return response;
}

}  // namespace trust
