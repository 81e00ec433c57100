#pragma once
#include "bench/harness.h"
#include "engine/net/http_client.h"

namespace bench {

inline constexpr std::size_t kDeliveryConnections = 16;
inline constexpr std::string_view kEmptyAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// CPU seconds of this process per signed, durably recorded delivery of 1 KiB to `url`.
engine::Result<double> deliver(const std::string& url, const engine::net::ClientTls& tls, std::size_t count);
/// The same request as bytes, for the ceilings.
std::string bare_delivery();
engine::Result<std::vector<std::pair<std::string, Report>>> delivery_http(const Settings& settings);
}
