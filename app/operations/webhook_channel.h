#pragma once
// Messages by webhook: one signed POST, like a delivery (contract craft-agents-api 16.4, 16.5).

#include "app/operations/notification_channel.h"
#include "delivery/signature.h"
#include "engine/base/clock.h"
#include "engine/net/transport.h"

namespace app::operations {

class WebhookChannel final : public NotificationChannel {
 public:
  static constexpr std::chrono::milliseconds kTimeout{10'000};

  /// `transport` and `clock` outlive this.
  WebhookChannel(engine::net::Transport& transport, engine::net::Url url, const engine::Secret& secret, const engine::Clock& clock);
  /// {"id":"ntf_7","eventKind":"notification","event":…,"occurredAt":…,"subject":…,"text":…,"data":{…}}. Any 2xx is success.
  engine::Task<engine::Result<void>> deliver(const NotificationRow& row) override;

 private:
  engine::net::Transport& transport_;
  const engine::net::Url url_;
  delivery::SignedHeaders headers_;
  const engine::Clock& clock_;
};

}  // namespace app::operations
