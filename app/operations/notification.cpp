#include "app/operations/notification.h"

#include "engine/base/json_writer.h"

namespace app::operations {

namespace {

constexpr std::size_t kSubjectBytes = 255;

/// Text and JSON of the same labelled facts; empty ones are left out.
class Facts {
 public:
  Facts() : json_(payload_) { json_.begin_object(); }
  Facts& add(std::string_view label, std::string_view key, std::string_view value) {
    if (value.empty()) return *this;
    body_.append(label).append(": ").append(value).append("\n");
    json_.key(key).string(value);
    return *this;
  }
  Notification finish(NotificationEvent event, std::string fingerprint, std::string subject) {
    json_.end_object();
    subject.insert(0, "[Agents] ");
    for (char& c : subject) c = static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;  // one line, whatever it was made of
    if (subject.size() > kSubjectBytes) subject.resize(kSubjectBytes);
    return {event, std::move(fingerprint), std::move(subject), std::move(body_), std::move(payload_)};
  }

 private:
  std::string body_, payload_;
  engine::JsonWriter json_;
};

std::string numbered(std::uint64_t id) { return "#" + std::to_string(id); }

}  // namespace

std::string_view name(NotificationEvent event) {
  switch (event) {
    case NotificationEvent::kApprovalRequested:
      return "approval_requested";
    case NotificationEvent::kApprovalDecided:
      return "approval_decided";
    case NotificationEvent::kExecutionIssue:
      return "execution_issue";
    case NotificationEvent::kWebhookDeadLetter:
      return "webhook_dlq_failed";
    case NotificationEvent::kStatusChanged:
      return "status_changed";
  }
  return "status_changed";
}

std::chrono::seconds quiet_time(NotificationEvent event) {
  if (event == NotificationEvent::kWebhookDeadLetter) return std::chrono::seconds(21'600);
  if (event == NotificationEvent::kStatusChanged) return std::chrono::seconds(1'800);
  return std::chrono::seconds(86'400);
}

bool is_wanted(const NotificationConfig& config, NotificationEvent event) {
  if (!config.enabled) return false;
  switch (event) {
    case NotificationEvent::kApprovalRequested:
      return config.approval_requested;
    case NotificationEvent::kApprovalDecided:
      return config.approval_decided;
    case NotificationEvent::kExecutionIssue:
      return config.execution_failed;
    case NotificationEvent::kWebhookDeadLetter:
      return config.webhook_dlq_failed;
    case NotificationEvent::kStatusChanged:
      return config.status_changed;
  }
  return false;
}

Notification approval_requested(const ApprovalNotice& notice) {
  Facts facts;
  facts.add("Approval", "approvalId", std::to_string(notice.id))
      .add("Action", "action", notice.action)
      .add("Requested by", "requestedBy", notice.requested_by)
      .add("Reason", "reason", notice.reason);
  return facts.finish(NotificationEvent::kApprovalRequested, "approval-requested:" + std::to_string(notice.id),
                      "Approval requested: " + notice.action + " " + numbered(notice.id));
}

Notification approval_decided(const ApprovalNotice& notice) {
  Facts facts;
  facts.add("Approval", "approvalId", std::to_string(notice.id)).add("Action", "action", notice.action).add("Decision", "status", notice.status);
  facts.add("Decided by", "decidedBy", notice.decided_by).add("Requested by", "requestedBy", notice.requested_by).add("Reason", "reason", notice.reason);
  return facts.finish(NotificationEvent::kApprovalDecided, "approval-decided:" + std::to_string(notice.id) + ":" + notice.status,
                      "Approval " + notice.status + ": " + notice.action + " " + numbered(notice.id));
}

std::optional<Notification> execution_issue(const ExecutionNotice& notice) {
  if (notice.status != "blocked" && notice.status != "failed") return std::nullopt;
  if (notice.status == "blocked" && notice.waits_for_approval) return std::nullopt;
  Facts facts;
  facts.add("Execution", "executionId", std::to_string(notice.id)).add("Action", "action", notice.action).add("Status", "status", notice.status);
  facts.add("Requested by", "requestedBy", notice.requested_by).add("Message", "message", notice.message);
  return facts.finish(NotificationEvent::kExecutionIssue, "execution-issue:" + std::to_string(notice.id) + ":" + notice.status,
                      "Execution " + notice.status + ": " + notice.action + " " + numbered(notice.id));
}

Notification webhook_dead_letter(const delivery::DeadLetter& letter) {
  const auto event = feed::text(letter.event_id);
  Facts facts;
  facts.add("Dead letter", "deadLetterId", std::to_string(letter.id.value)).add("Event", "eventId", event);
  facts.add("Resource", "resource", letter.key.type.empty() ? "" : letter.key.type + " " + letter.key.id);
  facts.add("Attempts", "attempts", std::to_string(letter.attempts)).add("Cause", "cause", delivery::name(letter.cause));
  return facts.finish(NotificationEvent::kWebhookDeadLetter, "webhook-dlq:" + event,
                      "Webhook delivery given up: " + letter.key.type + " " + numbered(letter.id.value));
}

Notification status_changed(std::optional<Level> before, Level now, const std::vector<std::string>& issues) {
  const std::string_view word = now == Level::kCritical ? "blocked" : now == Level::kWarn ? "degraded" : "recovered";
  Facts facts;
  facts.add("Status", "status", name(now)).add("Before", "previousStatus", before ? name(*before) : "");
  std::string lines;
  for (const auto& issue : issues) lines += (lines.empty() ? "" : "; ") + issue;
  facts.add("Issues", "issues", lines);
  return facts.finish(NotificationEvent::kStatusChanged, "system-status:" + std::string(name(now)), "System status changed: " + std::string(word));
}

}  // namespace app::operations
