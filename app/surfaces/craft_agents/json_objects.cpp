#include "app/surfaces/craft_agents/json_objects.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "engine/base/json_writer.h"
#include "engine/net/validation.h"

namespace app::craft_agents {

namespace {

using simdjson::dom::element;
using Member = simdjson::dom::key_value_pair;

bool append_canonical(std::string& out, element value, std::string_view without, std::string& repeated);

bool append_object(std::string& out, simdjson::dom::object object, std::string_view without, std::string& repeated) {
  std::vector<Member> members;
  for (const auto& member : object) {
    if (without.empty() || !member.key.starts_with(without)) members.push_back(member);
  }
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
  const auto twin = std::adjacent_find(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.key == b.key; });
  if (twin != members.end()) {
    repeated = twin->key;
    return false;
  }
  engine::JsonWriter json(out);
  json.begin_object();
  for (const auto& member : members) {
    std::string value;
    if (!append_canonical(value, member.value, {}, repeated)) return false;
    json.key(member.key).raw(value);
  }
  json.end_object();
  return true;
}

bool append_array(std::string& out, simdjson::dom::array array, std::string& repeated) {
  engine::JsonWriter json(out);
  json.begin_array();
  for (const auto one : array) {
    std::string value;
    if (!append_canonical(value, one, {}, repeated)) return false;
    json.raw(value);
  }
  json.end_array();
  return true;
}

bool append_canonical(std::string& out, element value, std::string_view without, std::string& repeated) {
  simdjson::dom::object object;
  simdjson::dom::array array;
  if (!value.get(object)) return append_object(out, object, without, repeated);
  if (!value.get(array)) return append_array(out, array, repeated);
  out += simdjson::minify(value);
  return true;
}

}  // namespace

SentObject::SentObject(std::optional<std::string_view> text) {
  const std::string_view sent = text ? engine::net::trimmed(*text) : std::string_view{};
  const bool is_object = sent.starts_with('{') && parser_.parse(sent.data(), sent.size()).get(object_) == simdjson::SUCCESS;
  if (!is_object) object_ = parser_.parse(std::string_view("{}")).get_object().value_unsafe();
}

std::optional<element> SentObject::member(std::string_view name) const {
  element value;
  if (object_[name].get(value)) return std::nullopt;
  return value;
}

std::string_view SentObject::text(std::string_view name) const {
  std::string_view value;
  if (object_[name].get(value)) return {};
  return engine::net::trimmed(value);
}

std::optional<double> SentObject::number(std::string_view name) const {
  double value = 0;
  if (!object_[name].get(value)) return value;
  const auto sent = text(name);
  const auto read = std::from_chars(sent.data(), sent.data() + sent.size(), value);
  if (sent.empty() || read.ec != std::errc() || read.ptr != sent.data() + sent.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> SentObject::positive(std::string_view name) const {
  std::int64_t value = 0;
  if (object_[name].get(value)) {
    const auto sent = text(name);
    const auto read = std::from_chars(sent.data(), sent.data() + sent.size(), value);
    if (sent.empty() || read.ec != std::errc() || read.ptr != sent.data() + sent.size()) return std::nullopt;
  }
  return value > 0 ? std::optional(value) : std::nullopt;
}

std::string SentObject::json(std::string_view without) const {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  for (const auto& member : object_) {
    if (without.empty() || !member.key.starts_with(without)) json.key(member.key).raw(simdjson::minify(member.value));
  }
  json.end_object();
  return out;
}

engine::Result<std::string> SentObject::canonical(std::string_view without) const {
  std::string out, repeated;
  if (!append_object(out, object_, without, repeated))
    return engine::fail(engine::Errc::kMalformed, "the member `" + repeated + "` stands twice in one object");
  return out;
}

}  // namespace app::craft_agents
