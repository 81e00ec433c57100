#include "app/operations/notification_row.h"

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace app::operations {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kTimeBits = 0xff'ffff'ffff;

std::uint64_t seconds(engine::WallTime at) { return static_cast<std::uint64_t>(engine::unix_seconds(at)); }
engine::WallTime time_of(std::uint64_t seconds) { return engine::WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds & kTimeBits))); }
/// Zero is none: nothing is sent in 1970.
std::uint64_t seconds(const std::optional<engine::WallTime>& at) { return at ? seconds(*at) : 0; }
std::optional<engine::WallTime> maybe_time(std::uint64_t seconds) { return seconds ? std::optional(time_of(seconds)) : std::nullopt; }

}  // namespace

std::string_view name(NotificationStatus status) {
  return status == NotificationStatus::kQueued ? "queued" : status == NotificationStatus::kSent ? "sent" : "failed";
}
std::string_view name(Channel channel) { return channel == Channel::kEmail ? "email" : "webhook"; }

std::string encode_notification(const NotificationRow& row) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion).big(static_cast<std::uint8_t>(row.event)).big(static_cast<std::uint8_t>(row.channel)).big(static_cast<std::uint8_t>(row.status));
  write.varint(row.attempts)
      .varint(seconds(row.due))
      .varint(seconds(row.last_attempt))
      .varint(seconds(row.sent))
      .varint(seconds(row.created))
      .varint(seconds(row.updated));
  write.text(row.fingerprint).text(row.recipient).text(row.subject).text(row.body).text(row.payload).text(row.error);
  return bytes;
}

engine::Result<NotificationRow> decode_notification(NotificationId id, std::string_view value) {
  engine::ByteCursor in(value);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "notification: version " + std::to_string(version));
  NotificationRow row;
  row.id = id;
  const auto event = in.big<std::uint8_t>(), channel = in.big<std::uint8_t>(), status = in.big<std::uint8_t>();
  row.event = static_cast<NotificationEvent>(event);
  row.channel = static_cast<Channel>(channel);
  row.status = static_cast<NotificationStatus>(status);
  row.attempts = static_cast<unsigned>(in.varint());
  row.due = time_of(in.varint());
  row.last_attempt = maybe_time(in.varint());
  row.sent = maybe_time(in.varint());
  row.created = time_of(in.varint());
  row.updated = time_of(in.varint());
  for (auto* text : {&row.fingerprint, &row.recipient, &row.subject, &row.body, &row.payload, &row.error}) *text = in.text();
  const bool known = event >= 1 && event <= 5 && channel >= 1 && channel <= 2 && status >= 1 && status <= 3;
  if (!in.ok() || !in.at_end() || version != kVersion || !known) return engine::fail(in.blame(engine::Errc::kMalformed), "notification: damaged");
  return row;
}

}  // namespace app::operations
