#include "app/commands/json_view.h"

namespace app::commands {

JsonView JsonView::at(std::string_view key) const {
  simdjson::dom::element found;
  if (!is_object() || (*element_)[key].get(found) != simdjson::SUCCESS) return {};
  return JsonView(found);
}

std::vector<std::pair<std::string_view, JsonView>> JsonView::members() const {
  std::vector<std::pair<std::string_view, JsonView>> all;
  simdjson::dom::object object;
  if (!element_ || element_->get(object) != simdjson::SUCCESS) return all;
  for (const auto [key, value] : object) all.emplace_back(key, JsonView(value));
  return all;
}

std::vector<JsonView> JsonView::items() const {
  std::vector<JsonView> all;
  simdjson::dom::array array;
  if (!element_ || element_->get(array) != simdjson::SUCCESS) return all;
  for (const auto value : array) all.emplace_back(value);
  return all;
}

std::string JsonView::text() const {
  std::string_view text;
  if (element_ && element_->get(text) == simdjson::SUCCESS) return std::string(text);
  return null() || element_->is_object() || element_->is_array() ? std::string() : json();
}

std::vector<std::string> JsonView::texts() const {
  std::vector<std::string> all;
  for (const auto& item : items()) all.push_back(item.text());
  return all;
}

bool JsonView::truth() const {
  bool value = false;
  return element_ && element_->get(value) == simdjson::SUCCESS && value;
}

std::optional<double> JsonView::number() const {
  double value = 0;
  if (!element_ || element_->get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::string JsonView::json() const {
  if (!element_) return "null";
  double value = 0;
  if (type() == simdjson::dom::element_type::DOUBLE && element_->get(value) == simdjson::SUCCESS) {
    std::string shortest;  // not simdjson's own digits, which may be more than needed
    engine::append_json_number(shortest, value);
    return shortest;
  }
  return simdjson::minify(*element_);
}

std::optional<JsonDocument> JsonDocument::parse(std::string_view text) {
  JsonDocument document;
  document.parser_ = std::make_unique<simdjson::dom::parser>();
  simdjson::dom::element root;
  if (document.parser_->parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  document.root_ = JsonView(root);
  return document;
}

}  // namespace app::commands
