#pragma once
// One message to one recipient, as the log keeps it (contract craft-agents-governance 6.5). Value of the key "n" | id.

#include <optional>
#include <string>
#include <string_view>

#include "app/operations/notification.h"
#include "engine/base/result.h"
#include "engine/base/strong_id.h"
#include "engine/base/utc.h"

namespace app::operations {

using NotificationId = engine::StrongId<struct NotificationIdTag>;

/// Values are on disk.
enum class NotificationStatus : std::uint8_t { kQueued = 1, kSent = 2, kFailed = 3 };
/// "queued", "sent", "failed".
std::string_view name(NotificationStatus status);

/// Values are on disk.
enum class Channel : std::uint8_t { kEmail = 1, kWebhook = 2 };
/// "email", "webhook".
std::string_view name(Channel channel);

/// Times are whole seconds.
struct NotificationRow {
  NotificationId id{};
  NotificationEvent event = NotificationEvent::kStatusChanged;
  Channel channel = Channel::kEmail;
  std::string fingerprint;
  std::string recipient;  ///< an address; "webhook" for the one webhook
  std::string subject, body, payload;
  NotificationStatus status = NotificationStatus::kQueued;
  unsigned attempts = 0;
  engine::WallTime due{};  ///< not tried before this
  std::optional<engine::WallTime> last_attempt, sent;
  std::string error;  ///< of the last attempt; scrubbed
  engine::WallTime created{}, updated{};
  friend bool operator==(const NotificationRow&, const NotificationRow&) = default;
};

std::string encode_notification(const NotificationRow& row);
/// kMalformed, kTruncated: damaged; kUnsupported: a newer version.
engine::Result<NotificationRow> decode_notification(NotificationId id, std::string_view value);

}  // namespace app::operations
