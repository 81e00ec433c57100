#pragma once
// The one way into the house: every request of every dialect passes these checks, in this order
// (contract craft-agents-api section 4.1). gate.cpp reads from top to bottom like that table.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/audit/audit_row.h"
#include "access/credentials.h"
#include "access/gate/settings.h"
#include "access/gate/surface.h"
#include "access/gate/traffic.h"
#include "access/permission.h"
#include "access/rate_limiter.h"
#include "engine/base/clock.h"
#include "engine/net/route.h"
#include "engine/net/router.h"
#include "engine/net/validation.h"

namespace trust {

/// What a handler gets. Everything outlives the handler's coroutine; of what a stream needs later only `request` is still there.
struct CallContext {
  const engine::net::Request& request;
  const engine::net::Arguments& arguments;
  const engine::net::PathParameters& path;
  const Principal& principal;
  const RateDecision& rate;
  std::string_view request_id;
  engine::WallTime now;
};

/// Who asks, for the audit log.
Actor actor_of(const CallContext& call);

/// A finished body and its status.
struct Answer {
  std::string body;
  int status = 200;
  std::vector<engine::net::Header> headers{};
  std::shared_ptr<engine::net::BodyStream> stream{};  ///< makes the body instead; outlives the call's context
};
/// What a handler gives.
using Reply = std::variant<Answer, Refusal>;
using Route = engine::net::ServedRoute<CallContext, Reply>;

/// Called for every request whose credential matched, before the second rate limit. Must not block or throw.
using UsageHook = std::function<void(const Principal&, const engine::net::Request&)>;
/// Called for every refusal, whoever asked (an anonymous principal: nobody was recognised). Must not block or throw.
using DenialHook = std::function<void(const Refusal&, const Principal&, const engine::net::Request&, std::string_view request_id)>;

/// Threads: any loop may call handle(); replace_credentials() from any thread.
class Gate {
 public:
  /// `limiter` counts for every dialect that shares it. All references outlive the gate.
  /// `base_path`: "/agents/v1". Two routes of one path and method: the first wins.
  Gate(std::string base_path, std::vector<Route> routes, GateSettings settings, std::shared_ptr<const CredentialSet> credentials,
       RateLimiter& limiter, const Surface& surface, const engine::Clock& clock);

  /// Answers the request, whatever it is; never throws. `request` outlives the coroutine.
  engine::Task<engine::net::Response> handle(const engine::net::Request& request);

  /// For who answers long after being admitted: is the principal's credential still live, allowed from its address, and holder of the scopes?
  /// nullopt: yes. Costs next to nothing while the credentials are the ones that admitted it.
  std::optional<Refusal> admit_again(const Principal& principal, const engine::net::ScopeRule& scopes, std::string_view peer_address) const;

  void replace_credentials(std::shared_ptr<const CredentialSet> credentials);
  std::shared_ptr<const CredentialSet> credentials() const;
  // Hooks and counters are set before the first request.
  void on_usage(UsageHook hook) { usage_ = std::move(hook); }
  void on_denial(DenialHook hook) { denied_ = std::move(hook); }
  void count_in(Traffic& traffic) { traffic_ = &traffic; }

  const std::vector<Route>& routes() const { return routes_; }
  const GateSettings& settings() const { return settings_; }
  const Surface& surface() const { return surface_; }

 private:
  struct Passage;
  std::optional<Refusal> judge(const RateDecision& rate) const;
  std::optional<Refusal> admit(Passage& passage) const;
  std::optional<Refusal> find_route(Passage& passage) const;
  std::optional<Refusal> check_write(Passage& passage) const;
  std::optional<Refusal> authenticate(Passage& passage) const;
  std::optional<Refusal> authorise(Passage& passage) const;
  std::optional<Refusal> check_parameters(Passage& passage) const;
  engine::net::Response refuse(const Refusal& refusal, const Passage& passage) const;
  engine::net::Response finish(engine::net::Response response, const Passage& passage) const;

  std::vector<Route> routes_;
  engine::net::Router router_;
  GateSettings settings_;
  mutable std::mutex keeping_;  // libstdc++ 12's atomic shared_ptr unlocks its reads relaxed: a race by the letter, and TSan's
  std::shared_ptr<const CredentialSet> credentials_;
  RateLimiter& limiter_;
  const Surface& surface_;
  const engine::Clock& clock_;
  UsageHook usage_;
  DenialHook denied_;
  Traffic* traffic_ = nullptr;
  std::atomic<std::uint64_t> generation_{0};  // moves with credentials_: asking it costs less than comparing them
};

}  // namespace trust
