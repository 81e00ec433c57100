#include "access/audit/denial_audit.h"

#include "access/credentials.h"
#include "engine/base/json_writer.h"

namespace trust {

namespace {

AuditEvent event_of(std::string reason, std::string credential, std::string address, std::string_view path, std::string request_id, std::uint64_t times) {
  AuditEvent event;
  event.category = "gate";
  event.action = "denied";
  event.outcome = AuditOutcome::kWarning;
  const bool known = !credential.empty();
  const auto type = !known ? "system" : credential.starts_with(kOperatorPrefix) ? "cp-user" : "credential";
  event.actor = {type, known ? std::move(credential) : std::string("unknown"), std::move(request_id), std::move(address)};
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
  Kinds kinds;
  std::uint64_t beyond = 0;
  {
    const std::lock_guard lock(noting_);
    kinds.swap(kinds_);
    std::swap(beyond, beyond_);
  }
  for (auto kind = kinds.begin(); kind != kinds.end(); kind = kinds.erase(kind)) {
    const auto& one = kind->second;
    auto row = log_.append(event_of(one.reason, one.credential, one.address, one.path, one.request_id, one.times));
    if (!row) return keep(std::move(kinds), beyond, row.error());
  }
  if (beyond == 0) return engine::ok();
  auto row = log_.append(event_of("many", "", "", "", "", beyond));
  if (!row) return keep({}, beyond, row.error());
  return engine::ok();
}

// What could not be written is told by the next flush.
engine::Result<void> DenialAudit::keep(Kinds kinds, std::uint64_t beyond, const engine::Error& why) {
  const std::lock_guard lock(noting_);
  beyond_ += beyond;
  for (auto& [key, kind] : kinds) {
    const auto there = kinds_.find(key);
    if (there != kinds_.end()) there->second.times += kind.times;
    else if (kinds_.size() < kMostKinds) kinds_.emplace(key, std::move(kind));
    else beyond_ += kind.times;
  }
  return tl::unexpected<engine::Error>(why);
}

}  // namespace trust
