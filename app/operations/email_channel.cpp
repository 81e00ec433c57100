#include "app/operations/email_channel.h"

#include "app/operations/mail_message.h"
#include "engine/runtime/on_pool.h"

namespace app::operations {

EmailChannel::EmailChannel(const SmtpMailer& mailer, std::string from, const engine::Clock& clock, asio::any_io_executor blocking)
    : mailer_(mailer), from_(std::move(from)), clock_(clock), blocking_(std::move(blocking)) {}

engine::Task<engine::Result<void>> EmailChannel::deliver(const NotificationRow& row) {
  // The id is the same in every attempt, so a mailbox can tell a repeat.
  const auto id = "notification-" + std::to_string(row.id.value) + "." + std::to_string(engine::unix_seconds(row.created));
  const auto message = compose({from_, row.recipient, row.subject, row.body, id}, clock_.wall_now());
  auto send = [this, &row, &message] { return mailer_.send(from_, row.recipient, message); };
  co_return co_await engine::on_pool(blocking_, send);
}

}  // namespace app::operations
