#include "app/demo/receiver_rule.h"

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace app::demo {
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr std::array<std::pair<std::string_view, ReceiverRule::Misbehave>, 5> kMisbehaviours{
    {{"hang", ReceiverRule::Misbehave::kHang},
     {"close", ReceiverRule::Misbehave::kClose},
     {"early", ReceiverRule::Misbehave::kEarly},
     {"garbage", ReceiverRule::Misbehave::kGarbage},
     {"huge", ReceiverRule::Misbehave::kHuge}}};

Result<std::int64_t> number_within(simdjson::dom::element document, const char* field, std::int64_t fallback, std::int64_t low,
                                   std::int64_t high) {
  auto element = document[field];
  if (element.error() == simdjson::NO_SUCH_FIELD) return fallback;
  std::int64_t value = 0;
  if (element.get(value) != simdjson::SUCCESS || value < low || value > high) {
    return fail(Errc::kMalformed,
                std::string(field) + " must be a whole number between " + std::to_string(low) + " and " + std::to_string(high));
  }
  return value;
}

Result<std::vector<std::string>> read_types(simdjson::dom::element document) {
  std::vector<std::string> types;
  auto element = document["types"];
  if (element.error() == simdjson::NO_SUCH_FIELD) return types;
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return fail(Errc::kMalformed, "types must be a list of texts");
  for (auto item : array) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return fail(Errc::kMalformed, "types must be a list of texts");
    types.emplace_back(text);
  }
  return types;
}

Result<ReceiverRule::Misbehave> read_misbehave(simdjson::dom::element document) {
  auto element = document["misbehave"];
  if (element.error() == simdjson::NO_SUCH_FIELD) return ReceiverRule::Misbehave::kNot;
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) {
    for (const auto& [name, misbehave] : kMisbehaviours) {
      if (text == name) return misbehave;
    }
  }
  return fail(Errc::kMalformed, "misbehave must be hang, close, early, garbage or huge");
}

}  // namespace

Result<ReceiverRule> parse_rule(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(simdjson::padded_string(json)).get(document) != simdjson::SUCCESS || !document.is_object()) {
    return fail(Errc::kMalformed, "expected a JSON object");
  }
  auto status = number_within(document, "answer", 200, 100, 599);
  if (!status) return status.take_error();
  auto times = number_within(document, "times", 0, 0, 1'000'000);
  if (!times) return times.take_error();
  auto delay = number_within(document, "delay_ms", 0, 0, 60'000);
  if (!delay) return delay.take_error();
  auto types = read_types(document);
  if (!types) return types.take_error();
  auto misbehave = read_misbehave(document);
  if (!misbehave) return misbehave.take_error();
  return ReceiverRule{static_cast<int>(*status), std::move(*types), *times, std::chrono::milliseconds(*delay), *misbehave};
}

ReceiverRule::Order ReceiverRule::order_for(std::string_view payload) {
  const auto concerns = [payload](const std::string& type) {
    return payload.find("\"resourceType\":\"" + type + "\"") != std::string_view::npos;
  };
  if (!types.empty() && std::none_of(types.begin(), types.end(), concerns)) return Order{};
  const Order order{status, delay, misbehave};
  if (times > 0 && --times == 0) *this = ReceiverRule{};
  return order;
}

}  // namespace app::demo
