#pragma once
// What operators are told, in words (contract craft-agents-governance 6.5). Pure.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/operations/level.h"
#include "app/operations/notification_config.h"
#include "delivery/dead_letters.h"

namespace app::operations {

/// Values are on disk.
enum class NotificationEvent : std::uint8_t { kApprovalRequested = 1, kApprovalDecided = 2, kExecutionIssue = 3, kWebhookDeadLetter = 4, kStatusChanged = 5 };
/// "approval_requested", "approval_decided", "execution_issue", "webhook_dlq_failed", "status_changed".
std::string_view name(NotificationEvent event);
/// How long the same fingerprint is not told to the same recipient again.
std::chrono::seconds quiet_time(NotificationEvent event);
bool is_wanted(const NotificationConfig& config, NotificationEvent event);

struct Notification {
  NotificationEvent event = NotificationEvent::kStatusChanged;
  std::string fingerprint;                ///< tells one matter from another
  std::string subject;                    ///< begins with "[Agents] "; at most 255 bytes
  std::string body;                       ///< plain text, labelled lines
  std::string payload;                    ///< the same as a JSON object, for webhooks
  std::vector<std::string> recipients{};  ///< replace the configured ones where not empty
};

/// An approval as far as a message shows it.
struct ApprovalNotice {
  std::uint64_t id = 0;
  std::string action;  ///< "entry.updatedraft"
  std::string status;  ///< "pending", "approved", "rejected"
  std::string requested_by;
  std::string decided_by{};
  std::string reason{};
};
Notification approval_requested(const ApprovalNotice& notice);
/// Of a final decision only; the caller knows which are.
Notification approval_decided(const ApprovalNotice& notice);

struct ExecutionNotice {
  std::uint64_t id = 0;
  std::string action;
  std::string status;  ///< "blocked", "failed"
  std::string requested_by;
  std::string message{};
  bool waits_for_approval = false;  ///< blocked only because nobody has approved it yet
};
/// nullopt: nobody has to know (it waits for its approval, or neither blocked nor failed).
std::optional<Notification> execution_issue(const ExecutionNotice& notice);
Notification webhook_dead_letter(const delivery::DeadLetter& letter);
/// `issues`: what is wrong now, one line each.
Notification status_changed(std::optional<Level> before, Level now, const std::vector<std::string>& issues);

}  // namespace app::operations
