#include "connectors/mapping/external_loader.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace connectors {
namespace {

using engine::Result;
using Filter = ExternalParameter::Filter;
using Role = DocumentColumn::Role;

bool is_handle(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

std::string joined(const std::vector<std::string>& words, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < words.size(); ++i) out.append(out.empty() ? "" : " ").append(words[i]);
  return out;
}

tl::unexpected<engine::Error> fail_at(const MappingSection& section, const std::string& what) { return fail_mapping(section.file, section.line, what); }

Result<std::string> handle_of(const MappingSection& section) {
  if (section.arguments.empty()) return fail_at(section, "\"--@ " + section.word + "\" needs a handle and a name behind it");
  if (is_handle(section.arguments[0])) return section.arguments[0];
  return fail_at(section, "a handle has small letters, digits and . _ - only, not \"" + section.arguments[0] + "\"");
}

Result<void> take_number(const MappingSection& section, const std::string& key, const std::string& text, std::optional<std::int64_t>& into) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return fail_at(section, key + " needs a whole number, not \"" + text + "\"");
  into = number;
  return engine::ok();
}

std::vector<std::string> alternatives(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto bar = std::min(text.find('|'), text.size());
    out.emplace_back(text.substr(0, bar));
    text.remove_prefix(std::min(bar + 1, text.size()));
  }
  return out;
}

Result<void> take_filter(const MappingSection& section, Filter filter, const std::string& fact, const MappingResource& resource, ExternalParameter& into) {
  const auto column = std::find_if(resource.columns.begin(), resource.columns.end(), [&](const auto& c) { return !c.fact.empty() && c.fact == fact; });
  if (column == resource.columns.end()) return fail_at(section, "the document has no fact \"" + fact + "\"; select it as \"@index." + fact + "\" or \"@fact." + fact + "\"");
  if (filter == Filter::kIndexed && column->role != Role::kIndexed) return fail_at(section, "the fact " + fact + " is not indexed; write fact=" + fact + ", or select it as \"@index." + fact + "\"");
  if (filter == Filter::kChecked && column->role != Role::kChecked) return fail_at(section, "the fact " + fact + " is indexed; write index=" + fact);
  if (into.filter != Filter::kNone) return fail_at(section, "a parameter filters one fact");
  into.filter = filter;
  into.fact = fact;
  return engine::ok();
}

Result<void> take_word(const MappingSection& section, const std::string& word, const MappingResource& resource, ExternalParameter& into) {
  const auto equals = word.find('=');
  const auto key = word.substr(0, equals);
  const auto value = equals == std::string::npos ? std::string() : word.substr(equals + 1);
  if (word == "required") {
    into.required = true;
    return engine::ok();
  }
  if (!value.empty()) {
    if (key == "index") return take_filter(section, Filter::kIndexed, value, resource, into);
    if (key == "fact") return take_filter(section, Filter::kChecked, value, resource, into);
    if (key == "contains") return take_filter(section, Filter::kContains, value, resource, into);
    if (key == "minimum") return take_number(section, key, value, into.minimum);
    if (key == "maximum") return take_number(section, key, value, into.maximum);
    if (key == "format") into.format = value;
    if (key == "enum") into.values = alternatives(value);
    if (key == "default") into.otherwise = value;
    if (key == "format" || key == "enum" || key == "default") return engine::ok();
  }
  return fail_at(section, "\"" + word + "\" says nothing about a parameter; known are required, format=, enum=a|b, minimum=, maximum=, default=, index=, fact=, contains=");
}

Result<ExternalParameter> read_parameter(const MappingSection& section, const MappingResource& resource) {
  static const std::set<std::string> kTypes{"string", "integer", "number", "boolean"};
  if (section.arguments.size() < 2 || !kTypes.contains(section.arguments[1])) {
    return fail_at(section, "\"--@ query\" needs a name and a type: string, integer, number or boolean");
  }
  ExternalParameter parameter;
  parameter.name = section.arguments[0];
  parameter.type = section.arguments[1];
  parameter.description = comment_text(section.body);
  for (std::size_t i = 2; i < section.arguments.size(); ++i) {
    auto taken = take_word(section, section.arguments[i], resource, parameter);
    if (!taken) return taken.take_error();
  }
  if (parameter.name == "apiToken") return fail_at(section, "apiToken is the caller's credential, no parameter");
  const bool page_size = parameter.name == "limit" && parameter.type == "integer";
  if (page_size != (parameter.filter == Filter::kNone)) {
    return fail_at(section, page_size ? "limit is the size of a page and filters nothing"
                                      : "the parameter " + parameter.name + " filters nothing; say which fact with index=, fact= or contains=");
  }
  const bool numeric = parameter.type == "integer" || parameter.type == "number";
  if (!numeric && (parameter.minimum || parameter.maximum)) return fail_at(section, "only numbers have a minimum and a maximum");
  if (parameter.filter == Filter::kContains && parameter.type != "string") return fail_at(section, "only a string can be contained in a fact");
  return parameter;
}

bool shows(const MappingResource& resource, const char* part, const std::string& key) {
  const auto found = resource.parts.find(part);
  return found != resource.parts.end() && std::any_of(found->second.begin(), found->second.end(), [&](const PartItem& item) { return (item.object.empty() ? item.key : item.object) == key; });
}

Result<std::vector<ExternalField>> read_schema(const MappingSection& section, const MappingResource& resource) {
  static const std::set<std::string> kTypes{"string", "timestamp", "integer", "number", "boolean", "object", "array"};
  std::vector<ExternalField> fields;
  for (const auto& piece : comma_pieces(comment_text(section.body))) {
    const auto words = blank_pieces(piece);
    const bool nullable = words.size() == 3 && words[2] == "null";
    if ((words.size() != 2 && !nullable) || !kTypes.contains(words[1])) {
      return fail_mapping(section.file, section.line + 1, "\"" + piece + "\" is not a key, a type (string, timestamp, integer, number, boolean, object, array) and perhaps null");
    }
    ExternalField field{words[0], words[1], nullable, shows(resource, "list", words[0])};
    if (!field.in_list && !shows(resource, "detail", field.name)) return fail_mapping(section.file, section.line + 1, "neither list nor detail has a key \"" + field.name + "\"");
    if (std::any_of(fields.begin(), fields.end(), [&](const auto& other) { return other.name == field.name; })) return fail_mapping(section.file, section.line + 1, "a second key \"" + field.name + "\"");
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<void> check_schema(const MappingSection& head, const ExternalResource& external, const MappingResource& resource) {
  for (const char* part : {"list", "detail"}) {
    if (!resource.parts.contains(part)) continue;
    for (const PartItem& item : resource.parts.at(part)) {
      const auto& key = item.object.empty() ? item.key : item.object;
      if (std::any_of(external.fields.begin(), external.fields.end(), [&](const auto& field) { return field.name == key; })) continue;
      return fail_at(head, "the schema does not describe \"" + key + "\"; add it to \"--@ schema\"");
    }
    for (const ExternalField& field : external.fields) {
      if (field.in_list && !shows(resource, part, field.name)) return fail_at(head, "the list shows \"" + field.name + "\", the detail does not; begin it with +list");
    }
  }
  return engine::ok();
}

Result<void> take_order(const MappingSection& section, const MappingResource& resource, ExternalResource& into) {
  using Order = ExternalResource::Order;
  const auto& words = section.arguments;
  const bool known = words.size() == 2 && (words[0] == "updated" || words[0] == "created" || words[0] == "title") && (words[1] == "ascending" || words[1] == "descending");
  if (!known) return fail_at(section, "an order is updated, created or title, and then ascending or descending");
  const bool titled = std::any_of(resource.columns.begin(), resource.columns.end(), [](const auto& column) { return column.role == Role::kTitle; });
  if (words[0] == "title" && !titled) return fail_at(section, "the document has no column \"@title\" to sort by");
  into.order = words[0] == "updated" ? Order::kUpdated : words[0] == "created" ? Order::kCreated : Order::kTitle;
  into.descending = words[1] == "descending";
  return engine::ok();
}

Result<void> take_section(const MappingSection& section, const MappingResource& resource, ExternalResource& into) {
  if (section.word == "plugin" || section.word == "external") {
    auto handle = handle_of(section);
    if (!handle) return handle.take_error();
    const bool plugin = section.word == "plugin";
    (plugin ? into.plugin : into.resource) = *handle;
    (plugin ? into.plugin_name : into.name) = joined(section.arguments, 1);
    (plugin ? into.plugin_description : into.description) = comment_text(section.body);
    if (!plugin && into.name.empty()) return fail_at(section, "\"--@ external\" needs a handle and a name behind it");
  } else if (section.word == "item") {
    const bool typed = section.arguments.size() > 1 && (section.arguments[0] == "integer" || section.arguments[0] == "string");
    if (!typed) return fail_at(section, "\"--@ item\" needs the id's type, integer or string, and what it is");
    into.numeric_id = section.arguments[0] == "integer";
    into.id_description = joined(section.arguments, 1);
  } else if (section.word == "query") {
    auto parameter = read_parameter(section, resource);
    if (!parameter) return parameter.take_error();
    const bool second = std::any_of(into.parameters.begin(), into.parameters.end(), [&](const auto& other) { return other.name == parameter->name; });
    if (second) return fail_at(section, "a second parameter " + parameter->name);
    into.parameters.push_back(std::move(*parameter));
  } else if (section.word == "schema") {
    auto fields = read_schema(section, resource);
    if (!fields) return fields.take_error();
    into.fields = std::move(*fields);
  } else if (section.word == "order") {
    return take_order(section, resource, into);
  }
  return engine::ok();
}

}  // namespace

Result<std::string> external_type(const std::vector<MappingSection>& sections) {
  const auto named = [&](const char* word) { return std::find_if(sections.begin(), sections.end(), [&](const auto& section) { return section.word == word; }); };
  const auto external = named("external"), plugin = named("plugin");
  if (plugin == sections.end()) return fail_at(*external, "whose resource is this? Say so with \"--@ plugin <handle> <name>\"");
  auto handle = handle_of(*plugin);
  if (!handle) return handle;
  auto resource = handle_of(*external);
  if (!resource) return resource;
  return *handle + "." + *resource;
}

Result<ExternalResource> read_external(const std::vector<MappingSection>& sections, const MappingResource& resource) {
  ExternalResource external;
  external.type = resource.type;
  external.has_detail = resource.parts.contains("detail");
  const MappingSection* head = nullptr;
  for (const MappingSection& section : sections) {
    if (section.word == "external") head = &section;
    auto taken = take_section(section, resource, external);
    if (!taken) return taken.take_error();
  }
  if (!resource.parts.contains("list")) return fail_at(*head, resource.type + " has no \"--@ part list\"");
  auto checked = check_schema(*head, external, resource);
  if (!checked) return checked.take_error();
  return external;
}

Result<void> join_plugins(std::vector<ExternalResource>& externals) {
  std::sort(externals.begin(), externals.end(), [](const auto& a, const auto& b) { return std::tie(a.plugin, a.resource) < std::tie(b.plugin, b.resource); });
  for (ExternalResource& external : externals) {
    for (const ExternalResource& other : externals) {
      if (other.plugin != external.plugin || other.plugin_name.empty()) continue;
      if (!external.plugin_name.empty() && (external.plugin_name != other.plugin_name || external.plugin_description != other.plugin_description)) {
        return engine::fail(engine::Errc::kMalformed, "the plugin " + external.plugin + " is described twice, by " + external.type + " and by " + other.type + "; name it in one file");
      }
      external.plugin_name = other.plugin_name;
      external.plugin_description = other.plugin_description;
    }
    if (external.plugin_name.empty()) return engine::fail(engine::Errc::kMalformed, "the plugin " + external.plugin + " has no name; write \"--@ plugin " + external.plugin + " <name>\"");
  }
  return engine::ok();
}

}  // namespace connectors
