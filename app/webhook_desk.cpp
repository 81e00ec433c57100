#include "app/webhook_desk.h"

namespace app {

engine::Result<std::unique_ptr<WebhookDesk>> WebhookDesk::open(const Rooms& rooms, const Config& config) {
  auto desk = std::unique_ptr<WebhookDesk>(new WebhookDesk(rooms, config));
  const auto settings = trust::resolve(config.gate);
  desk->development_ = !settings.production && (settings.profile == trust::Profile::kLocal || settings.profile == trust::Profile::kTest);
  if (rooms.transport && config.webhook.configured()) {
    auto direct = replay::DirectDelivery::make(rooms.delivery_loop, rooms.timers, *rooms.transport, config.webhook);
    if (!direct) return direct.take_error();
    desk->direct_ = std::move(*direct);
  }
  const replay::DirectDelivery* direct = settings.enabled ? desk->direct_.get() : nullptr;
  replay::ProbingRooms probing{rooms.store, rooms.audit, rooms.timers, rooms.random, rooms.blocking, direct};
  if (rooms.book && rooms.transport && settings.enabled) {
    probing.reach = [made = desk.get()](const std::string& name) { return made->reach(name); };
    probing.senders_to_sink = [made = desk.get()] { return made->senders_to_sink(); };
  }
  auto probe = replay::WebhookProbe::open(probing, settings.environment);
  if (!probe) return probe.take_error();
  desk->probe_ = std::move(*probe);
  if (!desk->sink_requested() || !desk->development_) return desk;
  auto sink = replay::TestSink::open(probing, config.webhook);
  if (!sink) return sink.take_error();
  desk->sink_ = std::move(*sink);
  return desk;
}

// Without a configured webhook an operator's may have its name.
std::string WebhookDesk::name_of(std::string_view endpoint) const {
  const bool contracts = endpoint == config_.webhook.name && !(rooms_.book && rooms_.book->find(endpoint));
  return contracts ? std::string() : std::string(endpoint);
}

std::optional<std::string> WebhookDesk::url_of(const std::string& name) const {
  if (name.empty()) return config_.webhook.url;
  const auto record = rooms_.book ? rooms_.book->find(name) : std::nullopt;
  return record ? std::optional(record->url) : std::nullopt;
}

// Whoever is paused or disabled may be probed: that is how an operator learns whether the receiver is there again.
engine::Result<replay::Way> WebhookDesk::reach(const std::string& name) const {
  const auto record = rooms_.book->find(name);
  if (!record) return engine::fail(engine::Errc::kNotFound, "There is no endpoint " + name.substr(0, 64) + ".");
  if (rooms_.owner_problem) {
    if (const auto problem = rooms_.owner_problem(*record); !problem.empty()) return engine::fail(engine::Errc::kConflict, "Nothing is sent there: " + problem + ".");
  }
  auto keys = rooms_.book->keys(*record);
  if (!keys) return keys.take_error();
  auto direct = replay::DirectDelivery::make(rooms_.delivery_loop, rooms_.timers, *rooms_.transport, delivery::config_of(*record, std::move(*keys)));
  if (!direct) return direct.take_error();
  return replay::Way(std::move(*direct));
}

engine::Result<std::vector<delivery::EndpointConfig>> WebhookDesk::senders_to_sink() const {
  std::vector<delivery::EndpointConfig> senders;
  const auto here = sink_url();
  for (const auto& record : rooms_.book->list()) {
    const auto url = engine::net::parse_url(record.url);
    if (!url || !replay::leads_to(*url, here)) continue;
    auto keys = rooms_.book->keys(record);
    if (!keys) return keys.take_error();
    senders.push_back(delivery::config_of(record, std::move(*keys)));
  }
  return senders;
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
