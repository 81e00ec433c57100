#include "engine/net/route.h"

#include "engine/base/json_writer.h"

namespace engine::net {

Shape Shape::of(Kind kind) {
  Shape shape;
  shape.kind = kind;
  return shape;
}

Shape Shape::any() { return {}; }
Shape Shape::text() { return of(Kind::kString); }
Shape Shape::integer() { return of(Kind::kInteger); }
Shape Shape::number() { return of(Kind::kNumber); }
Shape Shape::boolean() { return of(Kind::kBoolean); }
Shape Shape::timestamp() { return of(Kind::kTimestamp); }

Shape Shape::one_of(std::vector<std::string_view> values) {
  auto shape = of(Kind::kString);
  shape.values = std::move(values);
  return shape;
}

Shape Shape::object(std::vector<Member> members) {
  auto shape = of(Kind::kObject);
  shape.members = std::move(members);
  return shape;
}

Shape Shape::array(Shape item) {
  auto shape = of(Kind::kArray);
  shape.item.push_back(std::move(item));
  return shape;
}

Shape Shape::map(Shape item) {
  auto shape = of(Kind::kMap);
  shape.item.push_back(std::move(item));
  return shape;
}

Shape Shape::or_null() const {
  Shape shape = *this;
  shape.nullable = true;
  return shape;
}

namespace {

std::string_view schema_type(Shape::Kind kind) {
  switch (kind) {
    case Shape::Kind::kAny: return "";
    case Shape::Kind::kObject:
    case Shape::Kind::kMap: return "object";
    case Shape::Kind::kArray: return "array";
    case Shape::Kind::kString:
    case Shape::Kind::kTimestamp: return "string";
    case Shape::Kind::kInteger: return "integer";
    case Shape::Kind::kNumber: return "number";
    case Shape::Kind::kBoolean: return "boolean";
  }
  return "";
}

void write_schema(JsonWriter& json, const Shape& shape);

void write_members(JsonWriter& json, const Shape& shape) {
  json.key("properties").begin_object();
  for (const auto& member : shape.members) {
    json.key(member.name);
    write_schema(json, member.shape);
  }
  json.end_object();
  json.key("required").begin_array();
  for (const auto& member : shape.members) {
    if (member.required) json.string(member.name);
  }
  json.end_array();
}

void write_schema(JsonWriter& json, const Shape& shape) {
  json.begin_object();
  const auto type = schema_type(shape.kind);
  if (!type.empty() && shape.nullable) {
    json.key("type").begin_array().string(type).string("null").end_array();
  } else if (!type.empty()) {
    json.key("type").string(type);
  }
  if (shape.kind == Shape::Kind::kTimestamp) json.key("format").string("date-time");
  if (!shape.values.empty()) {
    json.key("enum").begin_array();
    for (const auto value : shape.values) json.string(value);
    if (shape.nullable) json.null();
    json.end_array();
  }
  if (shape.kind == Shape::Kind::kObject) write_members(json, shape);
  if (!shape.item.empty()) {
    json.key(shape.kind == Shape::Kind::kArray ? "items" : "additionalProperties");
    write_schema(json, shape.item.front());
  }
  json.end_object();
}

}  // namespace

void append_json_schema(std::string& out, const Shape& shape) {
  JsonWriter json(out);
  write_schema(json, shape);
}

}  // namespace engine::net
