#include "feed/type_table.h"

#include <algorithm>
#include <cassert>

#include "engine/base/json_writer.h"
#include "feed/zone_map.h"

namespace feed {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
  return out;
}

std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::vector<std::string> split(std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\r\n\f\v";
  std::vector<std::string> tokens;
  for (std::size_t at = 0; (at = text.find_first_not_of(kSeparators, at)) != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(kSeparators, at), text.size());
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

bool spells(const FeedType& type, std::string_view token) {
  return type.name == token || std::find(type.aliases.begin(), type.aliases.end(), token) != type.aliases.end();
}

}  // namespace

TypeTable::TypeTable(std::vector<FeedType> types) : types_(std::move(types)) {
  assert(!types_.empty() && types_.size() <= 32);
  for (const auto& type : types_) {
    engine::append_json_string(quoted_.emplace_back(), type.name);
    quoted_.back().push_back(',');
  }
  append_json_names(~TypeMask{0}, all_quoted_);
  all_ = types_.size() == 32 ? ~TypeMask{0} : (TypeMask{1} << types_.size()) - 1;
}

engine::Result<TypeMask> TypeTable::parse(std::string_view types) const { return parse(split(types)); }

engine::Result<TypeMask> TypeTable::parse(const std::vector<std::string>& types) const {
  TypeMask mask = 0;
  std::vector<std::string> unknown;
  for (const auto& given : types) {
    const auto token = lower(given);
    const auto found = std::find_if(types_.begin(), types_.end(), [&](const FeedType& type) { return spells(type, token); });
    if (found != types_.end()) {
      mask |= TypeMask{1} << (found - types_.begin());
    } else if (std::find(unknown.begin(), unknown.end(), token) == unknown.end()) {
      unknown.push_back(token);
    }
  }
  if (!unknown.empty()) {
    return engine::fail(engine::Errc::kMalformed,
                        "Invalid `types` value(s): " + join(unknown) + ". Allowed values: " + join(names(all_)) + ".");
  }
  return mask == 0 ? all_ : mask;
}

TypeMask TypeTable::bit_of_item(std::string_view item) const {
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types_[i].item == item) return TypeMask{1} << i;
  }
  return 0;
}

std::string TypeTable::name_of_item(std::string_view item) const {
  const auto found = std::find_if(types_.begin(), types_.end(), [&](const FeedType& type) { return type.item == item; });
  return found == types_.end() ? std::string() : found->name;
}

std::vector<std::string> TypeTable::names(TypeMask types) const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types >> i & 1) out.push_back(types_[i].name);
  }
  return out;
}

void TypeTable::append_json_names(TypeMask types, std::string& out) const {
  if (types == all_ && all_ != 0) return void(out.append(all_quoted_));
  out.push_back('[');
  for (std::size_t i = 0; i < quoted_.size(); ++i) {
    if (types >> i & 1) out.append(quoted_[i]);
  }
  if (out.back() == ',') out.pop_back();
  out.push_back(']');
}

std::uint64_t TypeTable::zone_bits(TypeMask types) const {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types >> i & 1) bits |= type_bit(types_[i].item);
  }
  return bits;
}

}  // namespace feed
