#include "app/webhook_desk.h"

namespace app {

engine::Result<std::unique_ptr<WebhookDesk>> WebhookDesk::open(const Rooms& rooms, const Config& config) {
  auto desk = std::unique_ptr<WebhookDesk>(new WebhookDesk(config));
  const auto settings = trust::resolve(config.gate);
  desk->development_ = !settings.production && (settings.profile == trust::Profile::kLocal || settings.profile == trust::Profile::kTest);
  if (rooms.transport && config.webhook.configured()) {
    auto direct = replay::DirectDelivery::make(rooms.delivery_loop, rooms.timers, *rooms.transport, config.webhook);
    if (!direct) return direct.take_error();
    desk->direct_ = std::move(*direct);
  }
  const replay::DirectDelivery* direct = settings.enabled ? desk->direct_.get() : nullptr;
  const replay::ProbingRooms probing{rooms.store, rooms.audit, rooms.timers, rooms.random, rooms.blocking, direct};
  auto probe = replay::WebhookProbe::open(probing, settings.environment);
  if (!probe) return probe.take_error();
  desk->probe_ = std::move(*probe);
  if (!desk->sink_requested() || !desk->development_) return desk;
  auto sink = replay::TestSink::open(probing, config.webhook);
  if (!sink) return sink.take_error();
  desk->sink_ = std::move(*sink);
  return desk;
}

std::string WebhookDesk::sink_url() const {
  const auto& listen = config_.listen;
  std::string base = listen.public_url;
  if (base.empty()) {
    engine::net::Url url{listen.tls.configured() ? "https" : "http", listen.address, port_, ""};
    base = url.text();
  }
  while (base.ends_with('/')) base.pop_back();
  return base.append(kTestSinkPath);
}

replay::TriggeredBy WebhookDesk::person(std::string_view id) const {
  replay::TriggeredBy by;
  by.id = id;
  if (id.starts_with(trust::kOperatorPrefix)) id.remove_prefix(trust::kOperatorPrefix.size());
  by.username = by.label = id;
  for (const auto& one : config_.operators) {
    if (one.id != id) continue;
    by.email = one.email;
    if (!one.label.empty()) by.label = one.label;
  }
  return by;
}

}  // namespace app
