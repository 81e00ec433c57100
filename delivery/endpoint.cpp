#include "delivery/endpoint.h"

#include <algorithm>

#include "delivery/signature.h"

namespace delivery {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostAttempts = 20;
constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24 * 7), kLongestAge = std::chrono::hours(24 * 30);

bool good_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

// What the transport, the payload or the signature say themselves.
bool reserved(std::string_view header) {
  std::string lower(header);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::string_view kOurs[] = {"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent", "te", "trailer", "upgrade", "expect", "keep-alive", "proxy-connection"};
  return std::find(std::begin(kOurs), std::end(kOurs), lower) != std::end(kOurs) || lower.starts_with("x-agents-webhook-") || lower.starts_with("webhook-") || lower.starts_with("ce-");
}

bool good_header(const engine::net::Header& header) {
  constexpr std::string_view kToken = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
  const auto printable = [](unsigned char c) { return c >= 0x20 && c != 0x7f; };
  return !header.name.empty() && header.name.size() <= 128 && header.name.find_first_not_of(kToken) == header.name.npos && !reserved(header.name) &&
         header.value.size() <= 4096 && std::all_of(header.value.begin(), header.value.end(), printable);
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
  expect(problems, config.retry.max_attempts >= 1 && config.retry.max_attempts <= kMostAttempts, "max attempts: 1 to 20");
  expect(problems, config.retry.schedule.size() < kMostAttempts, "retry schedule: at most 19 waits");
  for (const auto wait : config.retry.schedule) expect(problems, wait >= 1s && wait <= kLongestWait, "retry schedule: each wait 1 second to 7 days");
  expect(problems, config.retry.max_age >= 1min && config.retry.max_age <= kLongestAge, "max age: 1 minute to 30 days");
  expect(problems, config.concurrency >= 1 && config.concurrency <= 1024, "concurrency: 1 to 1024");
  expect(problems, config.rate == 0 || (config.rate >= 0.01 && config.rate <= 100'000), "rate: 0.01 to 100000 a second, or 0");
  expect(problems, config.burst >= 1 && config.burst <= 100'000, "burst: 1 to 100000");
  expect(problems, config.headers.size() <= 16, "headers: at most 16");
  for (const auto& header : config.headers) {
    if (!good_header(header)) expect(problems, false, ("headers: " + header.name.substr(0, 64) + ": not a header's name, one of ours, or a value with control characters").c_str());
  }
  expect(problems, config.window >= config.concurrency && config.max_parked >= 1, "window and parked bound: too small");
  if (const auto keys = signing_problems(config); !keys.empty()) expect(problems, false, keys.c_str());
  auto url = engine::net::parse_url(config.url);
  if (!url) expect(problems, false, ("url: " + url.error().detail).c_str());
  if (!problems.empty()) return engine::fail(engine::Errc::kMalformed, "endpoint " + config.name + ": " + problems);
  return url;
}

}  // namespace delivery
