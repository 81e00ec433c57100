#pragma once
// What operations do by themselves in the running server, wired: the rounds, and the ways messages leave by.

#include <functional>
#include <memory>

#include "app/operations/email_channel.h"
#include "app/operations/watch.h"
#include "app/operations/webhook_channel.h"
#include "engine/net/http_client.h"

namespace app {

class OperationsRounds {
 public:
  /// Everything outlives this. Mail has a thread of its own: a mail server that hangs must not keep readers from the disk. `every_look`: see operations::Watch.
  OperationsRounds(operations::Operations& operations, engine::Timers& timers, asio::any_io_executor loop, asio::thread_pool& pool,
                   std::function<void()> every_look);
  /// Waits for its thread. run() must have ended, or never have begun.
  ~OperationsRounds();

  /// Begins the rounds; `ended` is called on the loop when they are over. Once.
  void start(std::function<void()> ended);
  /// Ends them, and what is being sent. Any thread.
  void stop();

 private:
  operations::Outbox::Channels open_channels(engine::Timers& timers);

  const operations::NotificationConfig& config_;
  asio::any_io_executor loop_;
  asio::thread_pool mail_thread_{1};
  std::unique_ptr<engine::net::HttpClient> client_;
  std::unique_ptr<operations::SmtpMailer> mailer_;
  std::unique_ptr<operations::EmailChannel> email_;
  std::unique_ptr<operations::WebhookChannel> webhook_;
  operations::Outbox outbox_;
  operations::Watch watch_;
  asio::cancellation_signal cancel_;
};

}  // namespace app
