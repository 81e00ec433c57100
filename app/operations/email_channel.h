#pragma once
// Messages by e-mail; the blocking part runs on the pool.

#include "app/operations/notification_channel.h"
#include "app/operations/smtp_mailer.h"
#include "engine/base/clock.h"

namespace app::operations {

class EmailChannel final : public NotificationChannel {
 public:
  /// `mailer` and `clock` outlive this. `blocking`: a pool in the program. `from`: the sender's address.
  EmailChannel(const SmtpMailer& mailer, std::string from, const engine::Clock& clock, asio::any_io_executor blocking);
  engine::Task<engine::Result<void>> deliver(const NotificationRow& row) override;

 private:
  const SmtpMailer& mailer_;
  const std::string from_;
  const engine::Clock& clock_;
  asio::any_io_executor blocking_;
};

}  // namespace app::operations
