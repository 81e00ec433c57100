#include "app/operations_rounds.h"

namespace app {

using operations::Outbox;

OperationsRounds::OperationsRounds(operations::Operations& operations, engine::Timers& timers, asio::any_io_executor loop, asio::thread_pool& pool,
                                   std::function<void()> every_look)
    : config_(operations.config().notifications),
      loop_(std::move(loop)),
      outbox_(operations.notification_log(), open_channels(timers), timers, operations.redactor(), pool.get_executor()),
      watch_(operations, outbox_, timers, pool.get_executor(), std::move(every_look)) {}

OperationsRounds::~OperationsRounds() {
  if (mailer_) mailer_->stop();
  mail_thread_.join();
}

Outbox::Channels OperationsRounds::open_channels(engine::Timers& timers) {
  if (config_.by_email()) {
    mailer_ = std::make_unique<operations::SmtpMailer>(config_.smtp);
    email_ = std::make_unique<operations::EmailChannel>(*mailer_, config_.smtp.from, timers, mail_thread_.get_executor());
  }
  // The configuration was refused where its URL is none.
  if (auto url = engine::net::parse_url(config_.webhook_url); url && config_.by_webhook()) {
    engine::net::DialPolicy policy;
    policy.allow_private = config_.webhook_allow_private;
    client_ = std::make_unique<engine::net::HttpClient>(loop_, timers, policy);
    webhook_ = std::make_unique<operations::WebhookChannel>(*client_, *url, config_.webhook_secret, timers);
  }
  return {email_.get(), webhook_.get()};
}

void OperationsRounds::start(std::function<void()> ended) {
  // A wait that was cancelled may end the rounds by an exception; they are over either way.
  auto over = [ended = std::move(ended)](std::exception_ptr) { ended(); };
  asio::co_spawn(loop_, watch_.run(), asio::bind_cancellation_slot(cancel_.slot(), std::move(over)));
}

void OperationsRounds::stop() {
  if (mailer_) mailer_->stop();
  asio::post(loop_, [this] {
    watch_.stop();
    cancel_.emit(asio::cancellation_type::terminal);
  });
}

}  // namespace app
