#include "delivery/endpoint.h"

#include <algorithm>

#include "delivery/signature.h"

namespace delivery {
namespace {

using namespace std::chrono_literals;

bool good_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

void expect(std::string& problems, bool good, const char* problem) {
  if (good) return;
  if (!problems.empty()) problems += "; ";
  problems += problem;
}

}  // namespace

std::chrono::milliseconds EndpointConfig::connect_timeout() const { return std::max<std::chrono::milliseconds>(1s, std::min<std::chrono::milliseconds>(timeout, 5s)); }

engine::Result<engine::net::Url> check(const EndpointConfig& config) {
  std::string problems;
  expect(problems, good_name(config.name), "name: 1 to 64 of a-z, 0-9, _ and -");
  expect(problems, config.configured(), "url and secret: both are needed");
  expect(problems, config.timeout >= 1s && config.timeout <= 60s, "timeout: 1 to 60 seconds");
  expect(problems, config.retry.max_attempts >= 1 && config.retry.max_attempts <= 10, "max attempts: 1 to 10");
  expect(problems, config.concurrency >= 1 && config.concurrency <= 1024, "concurrency: 1 to 1024");
  expect(problems, config.window >= config.concurrency && config.max_parked >= 1, "window and parked bound: too small");
  if (const auto keys = signing_problems(config); !keys.empty()) expect(problems, false, keys.c_str());
  auto url = engine::net::parse_url(config.url);
  if (!url) expect(problems, false, ("url: " + url.error().detail).c_str());
  if (!problems.empty()) return engine::fail(engine::Errc::kMalformed, "endpoint " + config.name + ": " + problems);
  return url;
}

}  // namespace delivery
