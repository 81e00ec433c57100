#include "delivery/document_fields.h"

#include <simdjson.h>

#include <charconv>
#include <optional>

namespace delivery {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

template <class Number>
std::string_view printed(Number number, char (&room)[32]) {
  const auto end = std::to_chars(room, room + sizeof room, number).ptr;
  return {room, static_cast<std::size_t>(end - room)};
}

// nullopt: not a scalar.
std::optional<std::string_view> text_of(const element& value, char (&room)[32]) {
  switch (value.type()) {
    case element_type::STRING: return value.get_string().value_unsafe();
    case element_type::INT64: return printed(value.get_int64().value_unsafe(), room);
    case element_type::UINT64: return printed(value.get_uint64().value_unsafe(), room);
    case element_type::DOUBLE: return printed(value.get_double().value_unsafe(), room);
    case element_type::BOOL: return value.get_bool().value_unsafe() ? "true" : "false";
    case element_type::NULL_VALUE: return "null";
    default: return std::nullopt;
  }
}

std::optional<element> find(element at, std::string_view field) {
  while (!field.empty()) {
    const auto dot = field.find('.');
    simdjson::dom::object object;
    if (at.get(object) != simdjson::SUCCESS) return std::nullopt;
    if (object.at_key(field.substr(0, dot)).get(at) != simdjson::SUCCESS) return std::nullopt;
    field = dot == field.npos ? std::string_view{} : field.substr(dot + 1);
  }
  return at;
}

}  // namespace

struct DocumentFields::Parsed {
  simdjson::dom::parser parser;
  std::string_view json;
  element root;
  bool read = false;
  bool good = false;
};

DocumentFields::DocumentFields() : parsed_(std::make_unique<Parsed>()) {}
DocumentFields::~DocumentFields() = default;
DocumentFields::DocumentFields(DocumentFields&&) noexcept = default;
DocumentFields& DocumentFields::operator=(DocumentFields&&) noexcept = default;

void DocumentFields::load(std::string_view json) {
  parsed_->json = json;
  parsed_->read = false;
}

DocumentFields::Parsed* DocumentFields::parsed() {
  Parsed& p = *parsed_;
  if (!p.read) {
    p.read = true;
    p.good = !p.json.empty() && p.parser.parse(p.json.data(), p.json.size()).get(p.root) == simdjson::SUCCESS;
  }
  return p.good ? &p : nullptr;
}

bool DocumentFields::any(std::string_view field, const std::function<bool(std::string_view)>& see) {
  const Parsed* document = parsed();
  if (!document) return false;
  const auto value = find(document->root, field);
  if (!value) return false;
  char room[32];
  simdjson::dom::array all;
  if (value->get(all) != simdjson::SUCCESS) {
    const auto text = text_of(*value, room);
    return text && see(*text);
  }
  for (const element one : all) {
    if (const auto text = text_of(one, room); text && see(*text)) return true;
  }
  return false;
}

bool DocumentFields::has(std::string_view field) {
  const Parsed* document = parsed();
  if (!document) return false;
  const auto value = find(document->root, field);
  return value && value->type() != element_type::NULL_VALUE;
}

}  // namespace delivery
