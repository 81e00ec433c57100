#pragma once
// One signed attempt at an endpoint, outside its lanes: what the probe and the test of the sink send.

#include <memory>
#include <string>

#include "delivery/payload.h"
#include "delivery/retry_policy.h"
#include "delivery/signature.h"
#include "engine/net/transport.h"

namespace replay {

/// The same signing, form, bounds and transport as a delivery has; no retry, no dead letter, no say in the endpoint's breaker.
/// Threads: send() from a coroutine of any loop; the exchange runs on `loop`, where `transport` belongs.
class DirectDelivery {
 public:
  /// `timers` and `transport` outlive this. kMalformed: the endpoint's configuration.
  static engine::Result<std::unique_ptr<DirectDelivery>> make(asio::any_io_executor loop, const engine::Timers& timers, engine::net::Transport& transport,
                                                              delivery::EndpointConfig endpoint);
  /// `payload` in the endpoint's form.
  engine::Task<delivery::Outcome> send(delivery::Telling telling, std::string payload) const;
  const engine::net::Url& url() const { return url_; }

 private:
  DirectDelivery(asio::any_io_executor loop, const engine::Timers& timers, engine::net::Transport& transport, delivery::EndpointConfig endpoint, engine::net::Url url);
  engine::Task<delivery::Outcome> exchange(std::string id, std::string body) const;

  asio::any_io_executor loop_;
  const engine::Timers& timers_;
  engine::net::Transport& transport_;
  const delivery::EndpointConfig endpoint_;
  const engine::net::Url url_;
  const std::shared_ptr<const delivery::Signer> signer_;
};

}  // namespace replay
