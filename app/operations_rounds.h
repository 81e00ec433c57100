#pragma once
// What operations do by themselves in the running server, wired: the rounds, and the ways messages leave by.

#include <functional>
#include <memory>
#include <optional>

#include "app/operations/email_channel.h"
#include "app/operations/watch.h"
#include "app/operations/webhook_channel.h"
#include "engine/net/http_client.h"

namespace app {

class OperationsRounds {
 public:
  /// Everything outlives this, and `loop` is no longer running when it is destroyed. `every_look`: see operations::Watch.
  OperationsRounds(operations::Operations& operations, engine::Timers& timers, asio::any_io_executor loop, asio::thread_pool& pool,
                   std::function<void()> every_look);
  /// Once; the rounds go on until the loop ends.
  void start();
  /// Ends a mail that is under way, so that the pool can be joined. Any thread.
  void stop_sending() {
    if (mailer_) mailer_->stop();
  }

 private:
  operations::Outbox::Channels open_channels(engine::Timers& timers, asio::thread_pool& pool);

  const operations::NotificationConfig& config_;
  asio::any_io_executor loop_;
  std::unique_ptr<engine::net::HttpClient> client_;
  std::unique_ptr<operations::SmtpMailer> mailer_;
  std::unique_ptr<operations::EmailChannel> email_;
  std::unique_ptr<operations::WebhookChannel> webhook_;
  operations::Outbox outbox_;
  operations::Watch watch_;
};

}  // namespace app
