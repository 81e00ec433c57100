#include "replay/capture.h"

#include "access/record_bytes.h"

namespace replay {
namespace {

constexpr std::uint8_t kVersion = 1;

template <class Kept>
auto texts_of(Kept& capture) {
  return std::to_array({&capture.event_id, &capture.resource_type, &capture.resource_id, &capture.action, &capture.method, &capture.content_type, &capture.remote_ip,
                        &capture.user_agent, &capture.body});
}

}  // namespace

std::string_view name(CaptureStatus status) {
  switch (status) {
    case CaptureStatus::kValid: return "valid";
    case CaptureStatus::kInvalid: return "invalid";
    case CaptureStatus::kUnsigned: break;
    case CaptureStatus::kSecretMissing: return "secret-missing";
  }
  return "unsigned";
}

std::string encode(const Capture& capture) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion).big(static_cast<std::uint8_t>(capture.status));
  trust::put_time(write, capture.created);
  for (const auto* text : texts_of(capture)) write.text(*text);
  write.varint(capture.headers.size());
  for (const auto& header : capture.headers) write.text(header.name).text(header.value);
  return bytes;
}

engine::Result<Capture> decode_capture(std::uint64_t id, std::string_view bytes) {
  engine::ByteCursor in(bytes);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "capture: version " + std::to_string(version));
  Capture capture;
  capture.id = id;
  const auto status = in.big<std::uint8_t>();
  capture.status = static_cast<CaptureStatus>(status);
  capture.created = trust::take_time(in).value_or(engine::WallTime{});
  for (auto* text : texts_of(capture)) *text = in.text();
  for (auto n = in.varint(); n > 0 && in.ok(); --n) {
    std::string header(in.text());
    capture.headers.push_back({std::move(header), std::string(in.text())});
  }
  const bool known = status <= static_cast<std::uint8_t>(CaptureStatus::kSecretMissing);
  if (!in.ok() || !in.at_end() || version != kVersion || !known) return engine::fail(in.blame(engine::Errc::kMalformed), "capture: damaged");
  return capture;
}

}  // namespace replay
