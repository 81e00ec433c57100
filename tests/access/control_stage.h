#pragma once
// A control plane over a store in a directory of its own, with time that a test moves.

#include <gtest/gtest.h>

#include "access/control/control_plane.h"
#include "access/key_schema.h"
#include "access/vault.h"
#include "tests/access/manual_clock.h"
#include "tests/support/fixtures.h"

namespace trust {

inline Caller machine(std::string id) { return {{"credential", std::move(id), "request-1", "192.0.2.1"}, {}, false}; }

inline ApprovalRequest wish(std::string action, std::string payload = "{}") {
  ApprovalRequest request;
  request.action = std::move(action);
  request.payload.json = request.payload.canonical = std::move(payload);
  return request;
}

inline ExecuteRequest deed(std::string action, std::string key, std::optional<ApprovalId> approval = {}, std::string payload = "{}") {
  ExecuteRequest request{std::move(action), {}, std::move(key), approval, {}};
  request.payload.json = request.payload.canonical = std::move(payload);
  return request;
}

inline bool holds_all(std::string_view) { return true; }

struct ControlStage : ::testing::Test {
  test::TemporaryDirectory directory;
  test::ManualClock clock;
  engine::crypto::SystemRandom random;
  std::size_t operators = 2;
  std::vector<std::string> handoff_patterns;
  std::function<engine::Result<void>(const Execution&)> act = [](const Execution&) { return engine::ok(); };
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<AuditLog> audit;
  std::unique_ptr<ControlPlane> plane;
  const Actor actor = machine("editor").actor;

  ControlStage() { open(); }
  void close() {
    plane.reset();
    audit.reset();
    vault.reset();
    store.reset();
  }
  /// Opens everything anew over what is on disk, or over a copy of it.
  void open(const std::string& name = "store") {
    close();
    engine::store::Options options;
    options.families = families();
    store = std::move(*engine::store::Store::open((directory.path() / name).string(), options));
    vault = std::move(*Vault::open(*store, engine::Secret(std::string(32, 'k')), {}, random));
    audit = std::move(*AuditLog::open(*store, *vault, clock));
    auto opened = ControlPlane::open(*store, *audit, clock, {[this] { return operators; }, handoff_patterns, [this](const Execution& e) { return act(e); }});
    ASSERT_TRUE(opened) << opened.error().detail;
    plane = std::move(*opened);
  }
  void policy(std::string pattern, bool requires_approval, RiskLevel risk = RiskLevel::kLow, PolicyRules rules = {}) {
    PolicyDraft draft;
    draft.handle = "policy " + pattern;
    draft.pattern = std::move(pattern);
    draft.requires_approval = requires_approval;
    draft.risk = risk;
    draft.rules = std::move(rules);
    ASSERT_TRUE(plane->upsert(std::move(draft), actor));
  }
  ApprovalId asked(ApprovalRequest request, std::string by = "agent") { return plane->request(std::move(request), machine(std::move(by)))->record.id; }
  engine::Result<Approval> decided(ApprovalId id, Choice choice, std::string by) { return plane->decide(id, choice, {}, machine(std::move(by)).actor); }
  engine::Result<Executed> done(ExecuteRequest request, std::string by = "agent") {
    return plane->execute(std::move(request), machine(std::move(by)), holds_all);
  }
  /// Categories and actions of the audit log, oldest first.
  std::vector<std::string> told() const {
    std::vector<std::string> all;
    (void)audit->read(AuditId{1}, [&](const AuditRow& row) {
      all.push_back(row.event.category + "/" + row.event.action);
      return true;
    });
    return all;
  }
};

}  // namespace trust
