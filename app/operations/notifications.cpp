#include "app/operations/notifications.h"

#include "engine/telemetry/log.h"

namespace app::operations {

using engine::Result;

Notifications::Notifications(NotificationLog& log, NotificationConfig config, const engine::Clock& clock, FindCredential find)
    : log_(log), config_(std::move(config)), clock_(clock), find_(std::move(find)) {}

std::vector<NotificationRow> Notifications::rows_for(const Notification& notification) const {
  std::vector<NotificationRow> rows;
  if (!is_wanted(config_, notification.event)) return rows;
  NotificationRow row;
  row.event = notification.event;
  row.fingerprint = notification.fingerprint;
  row.subject = notification.subject;
  row.body = notification.body;
  if (!config_.console_url.empty()) row.body += "\nConsole: " + config_.console_url + "\n";
  row.payload = notification.payload;
  if (config_.by_email()) {
    for (const auto& recipient : notification.recipients.empty() ? config_.recipients : notification.recipients) {
      row.recipient = recipient;
      rows.push_back(row);
    }
  }
  if (config_.by_webhook()) {
    row.channel = Channel::kWebhook;
    row.recipient = "webhook";
    rows.push_back(row);
  }
  return rows;
}

Result<std::size_t> Notifications::queue(const Notification& notification) {
  engine::store::Batch nothing;
  return queue(notification, nothing);
}

Result<std::size_t> Notifications::queue(const Notification& notification, engine::store::Batch& along) {
  return log_.queue(rows_for(notification), along, clock_.wall_now());
}

void Notifications::tell(Notification notification, std::string_view requested_by) {
  if (const auto credential = find_ ? find_(requested_by) : std::nullopt) notification.recipients = normal_recipients(credential->approval_recipients);
  if (auto queued = queue(notification); !queued) {
    engine::telemetry::log_event(engine::telemetry::Level::kWarn, "notification_not_queued",
                                 {{"type", name(notification.event)}, {"detail", queued.error().detail}});
  }
}

}  // namespace app::operations
