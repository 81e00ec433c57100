#include "app/demo/demo_record.h"

#include <simdjson.h>

#include <fstream>

namespace app::demo {

namespace {

std::string text(simdjson::dom::element document, std::string_view key) {
  std::string_view value;
  return document[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

std::optional<std::string> optional_text(simdjson::dom::element document, std::string_view key) {
  std::string_view value;
  if (document[key].get(value) != simdjson::SUCCESS) return std::nullopt;
  return std::string(value);
}

/// nullopt: not a request with a payload of ours.
std::optional<Received> parse(std::string_view line) {
  simdjson::dom::parser outer, inner;
  simdjson::dom::element entry, payload;
  std::string_view body;
  Received received;
  if (outer.parse(simdjson::padded_string(line)).get(entry) != simdjson::SUCCESS || entry["body"].get(body) != simdjson::SUCCESS ||
      entry["at_ms"].get(received.at_ms) != simdjson::SUCCESS || entry["verified"].get(received.verified) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  std::int64_t answered = 0;
  if (entry["answered"].get(answered) == simdjson::SUCCESS) received.answered = static_cast<int>(answered);
  if (inner.parse(simdjson::padded_string(body)).get(payload) != simdjson::SUCCESS) return std::nullopt;
  received.event_id = text(payload, "id");
  received.type = text(payload, "resourceType");
  received.id = std::strtoll(text(payload, "resourceId").c_str(), nullptr, 10);
  received.action = text(payload, "action");
  simdjson::dom::element snapshot;
  if (payload["snapshot"].get(snapshot) == simdjson::SUCCESS && snapshot.is_object()) {
    received.title = optional_text(snapshot, received.type == "order" ? "number" : "title");
    received.status = optional_text(snapshot, "status");
  }
  if (received.event_id.empty() || received.id == 0) return std::nullopt;
  return received;
}

}  // namespace

void DemoRecord::read_on() {
  std::ifstream in(file_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset_));
  for (std::string line; std::getline(in, line) && !in.eof();) {
    offset_ += line.size() + 1;
    if (auto received = parse(line)) {
      all_.push_back(std::move(*received));
    } else {
      ++broken_;
    }
  }
}

}  // namespace app::demo
