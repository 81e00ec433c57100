#include "app/commands/operator_client.h"

#include <optional>

#include "engine/net/http_client.h"
#include "engine/net/http_syntax.h"

namespace app::commands {

namespace {

using engine::Errc;
using engine::fail;
using engine::Result;
using engine::net::OutboundResponse;

constexpr std::size_t kMaxAnswer = 64u << 20;
constexpr std::chrono::seconds kConnectPatience{5};

/// The client gives what fits; an answer that says it is longer was cut.
bool is_whole(const OutboundResponse& response) {
  const auto length = response.header("Content-Length");
  const auto bytes = length ? engine::net::parse_decimal(*length) : std::nullopt;
  return !bytes || *bytes == response.body.size();
}

std::string explain(const engine::Error& error, const OperatorAddress& address) {
  if (error.code == Errc::kTimedOut) return "The server at " + address.url + " does not answer in time.";
  if (error.code == Errc::kUnavailable && error.detail.starts_with("connect:") && error.detail.find("refused") != std::string::npos)
    return address.when_nobody;
  return "The server at " + address.url + " cannot be asked: " + error.detail;
}

}  // namespace

OperatorClient::OperatorClient(OperatorAddress address, std::chrono::milliseconds patience)
    : address_(std::move(address)), patience_(patience) {}

Result<ServerAnswer> OperatorClient::get(std::string_view target) { return exchange(target, nullptr); }

Result<ServerAnswer> OperatorClient::post(std::string_view target, std::string_view json) { return exchange(target, &json); }

void OperatorClient::wait(std::chrono::milliseconds time) {
  asio::io_context loop(1);
  asio::steady_timer(loop, time).wait();
}

Result<ServerAnswer> OperatorClient::exchange(std::string_view target, const std::string_view* json) {
  const auto url = engine::net::parse_url(address_.url + std::string(target));
  if (!url) return fail(Errc::kMalformed, "Cannot ask for " + std::string(target) + ": " + url.error().detail);
  std::vector<engine::net::Header> headers{{"Accept", "application/json"},
                                           {"Authorization", "Bearer " + std::string(address_.token.reveal())}};
  if (json) headers.push_back({"Content-Type", "application/json"});
  const engine::net::OutboundRequest request{.url = &*url,
                                             .headers = headers,
                                             .body = json ? *json : std::string_view{},
                                             .connect_timeout = kConnectPatience,
                                             .total_timeout = patience_,
                                             .max_response_bytes = kMaxAnswer};
  asio::io_context loop(1);
  engine::SystemTimers timers;
  engine::net::HttpClient client(loop.get_executor(), timers, {.allow_private = true, .allow = {}}, {}, {address_.ca_file},
                                 "millrace-command-line");
  std::optional<Result<OutboundResponse>> outcome;
  auto take = [&](std::exception_ptr, Result<OutboundResponse> result) {
    outcome.emplace(std::move(result));
    loop.stop();  // without waiting for the client's housekeeping
  };
  asio::co_spawn(loop, json ? client.post(request) : client.get(request), take);
  loop.run();
  if (!outcome || !*outcome)
    return fail(outcome ? outcome->error().code : Errc::kCancelled,
                outcome ? explain(outcome->error(), address_) : "The exchange ended without an outcome.");
  auto& response = **outcome;
  if (!is_whole(response)) return fail(Errc::kFull, "The answer to " + std::string(target) + " is larger than 64 MB.");
  return ServerAnswer{response.status, std::move(response.body)};
}

}  // namespace app::commands
