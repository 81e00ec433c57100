#include "replay/probe_run.h"

#include "access/record_bytes.h"
#include "engine/base/json_writer.h"
#include "engine/base/text_codec.h"

namespace replay {
namespace {

constexpr std::uint8_t kVersion = 2;

template <class Run>
auto texts_of(Run& run) {
  return std::to_array({&run.probe_id, &run.event_id, &run.error, &run.user_id, &run.user_label, &run.target_url, &run.payload});
}

void text_or_null(engine::JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  text.empty() ? json.null() : json.string(text);
}

}  // namespace

std::string encode(const ProbeRun& run) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion);
  trust::put_flag(write, run.delivered);
  write.varint(static_cast<std::uint64_t>(run.http_status));
  trust::put_time(write, run.created);
  for (const auto* text : texts_of(run)) write.text(*text);
  write.text(run.endpoint);
  return bytes;
}

engine::Result<ProbeRun> decode_probe_run(std::uint64_t id, std::string_view bytes) {
  engine::ByteCursor in(bytes);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "probe run: version " + std::to_string(version));
  ProbeRun run;
  run.id = id;
  run.delivered = trust::take_flag(in);
  run.http_status = static_cast<int>(in.varint() & 0xffff);
  run.created = trust::take_time(in).value_or(engine::WallTime{});
  for (auto* text : texts_of(run)) *text = in.text();
  if (version > 1) run.endpoint = in.text();
  if (!in.ok() || !in.at_end() || version == 0) return engine::fail(in.blame(engine::Errc::kMalformed), "probe run: damaged");
  return run;
}

std::string probe_name(std::string_view prefix, engine::WallTime at, std::uint32_t random) {
  std::string name(prefix);
  for (const char c : engine::rfc3339(at)) {
    if (c >= '0' && c <= '9') name.push_back(c);
  }
  name.push_back('_');
  std::string bytes;
  engine::ByteWriter(bytes).big(random);
  engine::append_hex(name, bytes);
  return name;
}

std::string probe_payload(const ProbeRun& run, const TriggeredBy& by, std::string_view environment) {
  std::string body;
  engine::JsonWriter json(body);
  json.begin_object();
  json.key("id").string(run.event_id);
  json.key("eventKind").string("probe");
  json.key("isProbe").boolean(true);
  json.key("probeId").string(run.probe_id);
  json.key("occurredAt").instant(run.created);
  json.key("triggeredAt").instant(run.created);
  json.key("resourceType").string("system");
  json.key("resourceId").string("webhook-probe");
  json.key("action").string("probe");
  json.key("updatedAt").instant(run.created);
  json.key("snapshot").begin_object();
  json.key("title").string("Production webhook probe");
  json.key("source").string("cp-send-production-probe");
  json.key("environment").string(environment);
  json.end_object();
  json.key("triggeredBy").begin_object();
  text_or_null(json, "id", by.id);
  text_or_null(json, "username", by.username);
  text_or_null(json, "email", by.email);
  text_or_null(json, "label", by.label);
  json.end_object();
  json.end_object();
  return body;
}

}  // namespace replay
