#pragma once
// The probe and the test sink of the running server, put together from its configuration (contract craft-agents-api 16.9, 16.10), for every endpoint.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "delivery/endpoint_book.h"
#include "replay/test_sink.h"
#include "replay/webhook_probe.h"

namespace app {

inline constexpr std::string_view kTestSinkPath = "/agents/dev/webhook-test-sink";

/// Threads: any, after open().
class WebhookDesk {
 public:
  /// All outlive it. `transport`: of `delivery_loop`; nullptr where webhooks are not configured.
  struct Rooms {
    engine::store::Store& store;
    trust::AuditLog& audit;
    const engine::Timers& timers;
    engine::crypto::Random& random;
    asio::any_io_executor blocking;
    asio::any_io_executor delivery_loop;
    engine::net::Transport* transport = nullptr;
    const delivery::EndpointBook* book = nullptr;  ///< endpoints that operators made; nullptr: none
    std::function<std::string(const delivery::EndpointRecord&)> owner_problem{};  ///< owner_problem(); empty: there is never one
  };
  static engine::Result<std::unique_ptr<WebhookDesk>> open(const Rooms& rooms, const Config& config);

  replay::WebhookProbe& probe() const { return *probe_; }
  /// nullptr unless it was asked for and this is a development machine: profile local or test, and no production environment.
  replay::TestSink* sink() const { return sink_.get(); }
  bool sink_requested() const { return config_.webhook_test_sink.value_or(false); }
  bool development() const { return development_; }
  std::string sink_url() const;
  /// The port that requests come in at, once it is known.
  void listens_at(std::uint16_t port) { port_ = port; }
  const delivery::EndpointConfig& endpoint() const { return config_.webhook; }
  /// What the probe and the sink call an endpoint: the contract's own one has no name there.
  std::string name_of(std::string_view endpoint) const;
  /// The URL of an endpoint by that name; nullopt: there is none.
  std::optional<std::string> url_of(const std::string& name) const;
  /// As a probe names whom it was triggered by; `id` is the principal's.
  replay::TriggeredBy person(std::string_view id) const;

 private:
  WebhookDesk(const Rooms& rooms, const Config& config) : rooms_(rooms), config_(config), port_(config.listen.port) {}
  engine::Result<replay::Way> reach(const std::string& name) const;
  engine::Result<std::vector<delivery::EndpointConfig>> senders_to_sink() const;

  const Rooms rooms_;
  const Config& config_;
  bool development_ = false;
  std::atomic<std::uint16_t> port_;
  std::unique_ptr<replay::DirectDelivery> direct_;
  std::unique_ptr<replay::WebhookProbe> probe_;
  std::unique_ptr<replay::TestSink> sink_;
};

}  // namespace app
