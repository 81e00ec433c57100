#include "replay/direct_delivery.h"

#include "delivery/outcome_of.h"

namespace replay {

engine::Result<std::unique_ptr<DirectDelivery>> DirectDelivery::make(asio::any_io_executor loop, const engine::Timers& timers, engine::net::Transport& transport,
                                                                     delivery::EndpointConfig endpoint) {
  auto url = delivery::check(endpoint);
  if (!url) return url.take_error();
  return std::unique_ptr<DirectDelivery>(new DirectDelivery(std::move(loop), timers, transport, std::move(endpoint), std::move(*url)));
}

DirectDelivery::DirectDelivery(asio::any_io_executor loop, const engine::Timers& timers, engine::net::Transport& transport, delivery::EndpointConfig endpoint,
                               engine::net::Url url)
    : loop_(std::move(loop)),
      timers_(timers),
      transport_(transport),
      endpoint_(std::move(endpoint)),
      url_(std::move(url)),
      signer_(std::make_shared<const delivery::Signer>(endpoint_)) {}

engine::Task<delivery::Outcome> DirectDelivery::send(delivery::Telling telling, std::string payload) const {
  auto work = exchange(std::string(telling.id), delivery::in_form(endpoint_.form, telling, payload));
  co_return co_await asio::co_spawn(loop_, std::move(work), asio::use_awaitable);
}

engine::Task<delivery::Outcome> DirectDelivery::exchange(std::string id, std::string body) const {
  delivery::SignedHeaders headers(signer_);
  engine::net::OutboundRequest request;
  request.url = &url_;
  request.lines = headers.sign(id, timers_.wall_now(), body);
  request.body = body;
  request.connect_timeout = endpoint_.connect_timeout();
  request.first_byte_timeout = endpoint_.first_byte_timeout;
  request.total_timeout = endpoint_.timeout;
  auto answer = co_await transport_.post(request);
  co_return delivery::outcome_of(std::move(answer), timers_.wall_now());
}

}  // namespace replay
