#include "access/audit/denial_audit.h"

#include "engine/base/json_writer.h"

namespace trust {

namespace {

AuditEvent event_of(std::string reason, std::string credential, std::string address, std::string_view path, std::string request_id, std::uint64_t times) {
  AuditEvent event;
  event.category = "gate";
  event.action = "denied";
  event.outcome = AuditOutcome::kWarning;
  event.actor = {credential.empty() ? "system" : "credential", credential.empty() ? std::string("unknown") : std::move(credential), std::move(request_id), std::move(address)};
  event.entity_type = "request";
  event.summary = "Refused " + std::to_string(times) + (times == 1 ? " request: " : " requests: ") + reason;
  engine::JsonWriter json(event.metadata);
  json.begin_object();
  json.key("reason").string(reason);
  json.key("times").number_u64(times);
  json.key("firstPath").string(path);
  json.end_object();
  return event;
}

}  // namespace

void DenialAudit::note(std::string_view reason, std::string_view credential, std::string_view address, std::string_view path, std::string_view request_id) {
  std::string key;
  key.append(reason).append("\n").append(credential).append("\n").append(address);
  const std::lock_guard lock(noting_);
  auto kind = kinds_.find(key);
  if (kind == kinds_.end()) {
    if (kinds_.size() >= kMostKinds) {
      ++beyond_;
      return;
    }
    kind = kinds_.emplace(std::move(key), Kind{std::string(reason), std::string(credential), std::string(address), std::string(path.substr(0, 256)),
                                               std::string(request_id), 0}).first;
  }
  ++kind->second.times;
}

engine::Result<void> DenialAudit::flush() {
  std::map<std::string, Kind, std::less<>> kinds;
  std::uint64_t beyond = 0;
  {
    const std::lock_guard lock(noting_);
    kinds.swap(kinds_);
    std::swap(beyond, beyond_);
  }
  for (auto& [key, kind] : kinds) {
    auto row = log_.append(event_of(kind.reason, kind.credential, kind.address, kind.path, kind.request_id, kind.times));
    if (!row) return row.take_error();
  }
  if (beyond == 0) return engine::ok();
  auto row = log_.append(event_of("many", "", "", "", "", beyond));
  if (!row) return row.take_error();
  return engine::ok();
}

}  // namespace trust
