#include "delivery/endpoint_record.h"

#include <bit>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace delivery {
namespace {

using std::chrono::milliseconds;

constexpr std::uint8_t kFormat = 1;

std::uint64_t micros(engine::WallTime t) { return static_cast<std::uint64_t>(t.time_since_epoch().count()); }
engine::WallTime instant(engine::ByteCursor& in) { return engine::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(in.big<std::uint64_t>()))); }
std::uint64_t bits(double number) { return std::bit_cast<std::uint64_t>(number); }
double number(engine::ByteCursor& in) { return std::bit_cast<double>(in.big<std::uint64_t>()); }
milliseconds wait(engine::ByteCursor& in) { return milliseconds(static_cast<milliseconds::rep>(in.varint())); }

}  // namespace

std::string_view name(EndpointState state) {
  switch (state) {
    case EndpointState::kActive: return "active";
    case EndpointState::kPaused: return "paused";
    case EndpointState::kDisabled: return "disabled";
  }
  return "disabled";
}

std::vector<engine::Secret> all_of(const EndpointKeys& keys) {
  auto all = keys.secrets;
  if (!keys.signing_key.empty()) all.push_back(keys.signing_key);
  return all;
}

EndpointConfig config_of(const EndpointRecord& record, EndpointKeys keys) {
  EndpointConfig config;
  config.name = record.name;
  config.url = record.url;
  config.secrets = std::move(keys.secrets);
  if (!keys.signing_key.empty()) config.signing_keys.push_back(std::move(keys.signing_key));
  config.form = record.form;
  config.standard_headers = record.standard_headers;
  config.headers = record.headers;
  config.timeout = record.timeout;
  config.retry.max_attempts = record.max_attempts;
  config.retry.schedule = record.schedule;
  config.retry.max_age = record.max_age;
  config.concurrency = record.concurrency;
  config.window = std::max<std::size_t>(config.window, 2 * config.concurrency);
  config.rate = record.rate;
  config.burst = record.burst;
  config.ends_when_gone = true;
  return config;
}

std::string encode(const EndpointRecord& record) {
  std::string bytes;
  engine::ByteWriter out(bytes);
  out.big(kFormat).text(record.owner).text(record.description).text(record.url);
  write(out, record.wanted);
  out.big(static_cast<std::uint8_t>(record.form)).big(static_cast<std::uint8_t>(record.standard_headers)).text(record.public_key);
  out.varint(record.headers.size());
  for (const auto& header : record.headers) out.text(header.name).text(header.value);
  out.varint(static_cast<std::uint64_t>(record.timeout.count())).varint(record.max_attempts).varint(record.schedule.size());
  for (const auto one : record.schedule) out.varint(static_cast<std::uint64_t>(one.count()));
  out.varint(static_cast<std::uint64_t>(record.max_age.count())).varint(record.concurrency).big(bits(record.rate)).big(bits(record.burst));
  out.big(static_cast<std::uint8_t>(record.state)).text(record.state_reason).varint(record.secrets.size());
  for (const auto& secret : record.secrets) {
    out.varint(secret.number).big(micros(secret.created)).big(static_cast<std::uint8_t>(secret.until.has_value()));
    if (secret.until) out.big(micros(*secret.until));
  }
  out.big(micros(record.created)).big(micros(record.updated));
  return bytes;
}

engine::Result<EndpointRecord> decode_endpoint(std::string name, std::string_view bytes) {
  engine::ByteCursor in(bytes);
  if (in.big<std::uint8_t>() != kFormat) return engine::fail(in.blame(engine::Errc::kUnsupported), "endpoint " + name + ": format");
  EndpointRecord record;
  record.owner = in.text();
  record.description = in.text();
  record.url = in.text();
  record.wanted = read_subscription(in);
  record.form = static_cast<PayloadForm>(in.big<std::uint8_t>());
  record.standard_headers = in.big<std::uint8_t>() != 0;
  record.public_key = in.text();
  for (std::uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    std::string header(in.text());
    record.headers.push_back({std::move(header), std::string(in.text())});
  }
  record.timeout = wait(in);
  record.max_attempts = static_cast<unsigned>(in.varint());
  for (std::uint64_t n = in.varint(); n > 0 && in.ok(); --n) record.schedule.push_back(wait(in));
  record.max_age = wait(in);
  record.concurrency = static_cast<std::uint32_t>(in.varint());
  record.rate = number(in);
  record.burst = number(in);
  record.state = static_cast<EndpointState>(in.big<std::uint8_t>());
  record.state_reason = in.text();
  for (std::uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    SecretRef secret;
    secret.number = static_cast<std::uint32_t>(in.varint());
    secret.created = instant(in);
    if (in.big<std::uint8_t>() != 0) secret.until = instant(in);
    record.secrets.push_back(secret);
  }
  record.created = instant(in);
  record.updated = instant(in);
  if (!in.ok() || !in.at_end()) return engine::fail(in.blame(engine::Errc::kMalformed), "endpoint " + name + ": length");
  record.name = std::move(name);
  return record;
}

}  // namespace delivery
