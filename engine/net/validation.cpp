#include "engine/net/validation.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <unordered_map>

#include <simdjson.h>

namespace engine::net {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank(" \t\n\r\v\0", 6);
  const auto first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::size_t Arguments::index_of(std::string_view name) const {
  assert(declared_);
  for (std::size_t i = 0; i < declared_->size(); ++i) {
    if ((*declared_)[i].name == name) return i;
  }
  assert(false && "parameter is not declared by its route");
  return 0;
}

std::optional<std::int64_t> Arguments::integer(std::string_view name) const {
  const auto* value = std::get_if<std::int64_t>(&values_[index_of(name)].value);
  return value ? std::optional(*value) : std::nullopt;
}
std::optional<std::string_view> Arguments::text(std::string_view name) const {
  const auto* value = std::get_if<std::string>(&values_[index_of(name)].value);
  return value ? std::optional<std::string_view>(*value) : std::nullopt;
}
std::optional<bool> Arguments::boolean(std::string_view name) const {
  const auto* value = std::get_if<bool>(&values_[index_of(name)].value);
  return value ? std::optional(*value) : std::nullopt;
}
std::optional<WallTime> Arguments::instant(std::string_view name) const {
  const auto* value = std::get_if<WallTime>(&values_[index_of(name)].value);
  return value ? std::optional(*value) : std::nullopt;
}
const std::vector<std::string>& Arguments::list(std::string_view name) const {
  static const std::vector<std::string> kNone;
  const auto* value = std::get_if<std::vector<std::string>>(&values_[index_of(name)].value);
  return value ? *value : kNone;
}
bool Arguments::given(std::string_view name) const { return values_[index_of(name)].given; }

namespace {

/// Finds what was sent before under a name: by looking through a few, by hash where a caller sends thousands.
class Seen {
 public:
  explicit Seen(SentValues& sent) : sent_(sent) {}
  SentValue* find(const std::string& name) {
    if (sent_.size() <= kFew) {
      const auto known = std::find_if(sent_.begin(), sent_.end(), [&](const SentValue& s) { return s.name == name; });
      return known == sent_.end() ? nullptr : &*known;
    }
    for (; indexed_ < sent_.size(); ++indexed_) places_.emplace(sent_[indexed_].name, indexed_);
    const auto known = places_.find(name);
    return known == places_.end() ? nullptr : &sent_[known->second];
  }

 private:
  static constexpr std::size_t kFew = 16;
  SentValues& sent_;
  std::unordered_map<std::string, std::size_t> places_;
  std::size_t indexed_ = 0;
};

}  // namespace

SentValues sent_in_query(std::string_view query) {
  SentValues sent;
  Seen seen(sent);
  for (auto& [name, value] : parse_query(query)) {
    const auto bracket = name.find('[');
    const bool array = bracket != name.npos && bracket > 0;
    if (array) name.resize(bracket);
    auto* known = seen.find(name);
    if (!known) {
      sent.push_back({std::move(name), std::move(value), array});
    } else if (array && known->array) {
      known->text += ',' + value;
    } else {
      known->text = std::move(value);
      known->array = array;
    }
  }
  return sent;
}

Result<SentValues> sent_in_body(std::string_view body) {
  SentValues sent;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(body.data(), body.size()).get(root)) return fail(Errc::kMalformed, "body is not JSON");
  simdjson::dom::object object;
  if (root.get(object)) return sent;
  Seen seen(sent);
  for (const auto& [key, value] : object) {
    SentValue one{std::string(key), {}, value.is_array() || value.is_object()};
    if (std::string_view text; !value.get(text)) {
      one.text = text;
    } else if (!value.is_null()) {
      one.text = simdjson::minify(value);
    }
    if (auto* known = seen.find(one.name)) {
      *known = std::move(one);
    } else {
      sent.push_back(std::move(one));
    }
  }
  return sent;
}

namespace {

using Problems = std::vector<std::string>;

std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

/// ^-?\d+$; digits beyond 64 bits saturate.
std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  std::int64_t value = 0;
  for (const char c : text) {
    const std::int64_t digit = c - '0';
    if (value > (kMost - digit) / 10) return negative ? -kMost : kMost;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

std::string range_message(const Parameter& p) {
  if (!p.range_message.empty()) return std::string(p.range_message);
  if (p.min && p.max) {
    return "Invalid " + quoted(p.name) + "; expected integer between " + std::to_string(*p.min) + " and " + std::to_string(*p.max) + ".";
  }
  if (p.min) return "Invalid " + quoted(p.name) + "; expected integer >= " + std::to_string(*p.min) + ".";
  return "Invalid " + quoted(p.name) + "; expected integer <= " + std::to_string(p.max.value_or(0)) + ".";
}

Arguments::Value default_of(const Parameter& p) {
  if (p.default_integer) return *p.default_integer;
  if (p.default_text) return std::string(*p.default_text);
  return std::monostate{};
}

Arguments::Value read_integer(const Parameter& p, std::string_view text, bool array, Problems& problems) {
  const auto value = array ? std::nullopt : parse_integer(text);
  if (p.lenient) {
    if (!value || (p.min && *value < *p.min)) return default_of(p);
    return p.max ? std::min(*value, *p.max) : *value;
  }
  if (!value) {
    problems.push_back("Invalid " + quoted(p.name) + "; expected integer value.");
    return {};
  }
  if ((p.min && *value < *p.min) || (p.max && *value > *p.max)) problems.push_back(range_message(p));
  return *value;
}

Arguments::Value read_boolean(const Parameter& p, std::string_view text, bool array, Problems& problems) {
  const auto lower = ascii_lower(text);
  if (!array && (lower == "1" || lower == "true" || lower == "yes" || lower == "on")) return true;
  if (!array && (lower == "0" || lower == "false" || lower == "no" || lower == "off")) return false;
  problems.push_back("Invalid " + quoted(p.name) + "; expected boolean value (`1|0|true|false|yes|no|on|off`).");
  return {};
}

std::string allowed_values(const Parameter& p) {
  std::string text;
  for (const auto value : p.values) text += (text.empty() ? "" : ", ") + std::string(value);
  for (const auto& alias : p.aliases) text += ", " + std::string(alias.first);
  return text;
}

Arguments::Value read_enum(const Parameter& p, std::string_view text, Problems& problems) {
  const auto lower = ascii_lower(text);
  for (const auto value : p.values) {
    if (ascii_lower(value) == lower) return std::string(value);
  }
  for (const auto& [alias, value] : p.aliases) {
    if (ascii_lower(alias) == lower) return std::string(value);
  }
  problems.push_back("Invalid " + quoted(p.name) + " value `" + std::string(text) + "`. Allowed values: " + allowed_values(p) + ".");
  return {};
}

std::vector<std::string> split_list(std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\r\n\v\f";
  std::vector<std::string> tokens;
  for (std::size_t at = text.find_first_not_of(kSeparators); at != text.npos; at = text.find_first_not_of(kSeparators, at)) {
    const auto end = std::min(text.find_first_of(kSeparators, at), text.size());
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

/// A body's array, whose texts are taken as they are: they may hold commas.
Arguments::Value read_text_array(const Parameter& p, std::string_view json, Problems& problems) {
  simdjson::dom::parser parser;
  simdjson::dom::array array;
  std::vector<std::string> texts;
  bool good = !parser.parse(json.data(), json.size()).get(array);
  if (good) {
    for (const auto element : array) {
      std::string_view text;
      good = good && !element.get(text);
      if (good) texts.emplace_back(text);
    }
  }
  if (good) return texts;
  problems.push_back("Invalid " + quoted(p.name) + "; expected a list of texts.");
  return {};
}

Arguments::Value read_text(const Parameter& p, std::string_view text, Problems& problems) {
  if (p.type == ParameterType::kPattern && p.accepts && !p.accepts(text)) {
    problems.push_back("Invalid " + quoted(p.name) + "; allowed characters are letters, digits, `.`, `_`, and `-`.");
  }
  if (p.check) p.check(text, problems);
  return std::string(text);
}

Arguments::Value read_timestamp(const Parameter& p, std::string_view text, bool array, Problems& problems) {
  const auto instant = array ? std::nullopt : parse_rfc3339(text);
  if (instant) return *instant;
  problems.push_back("Invalid " + quoted(p.name) + "; expected RFC3339 timestamp.");
  return {};
}

Arguments::Value read(const Parameter& p, const SentValue& sent, std::string_view text, Problems& problems) {
  switch (p.type) {
    case ParameterType::kInteger: return read_integer(p, text, sent.array, problems);
    case ParameterType::kBoolean: return read_boolean(p, text, sent.array, problems);
    case ParameterType::kTimestamp:
      if (p.lenient) break;
      return read_timestamp(p, text, sent.array, problems);
    case ParameterType::kJson: return std::string(text);
    case ParameterType::kList:
      if (sent.array && p.place == ParameterPlace::kBody) return read_text_array(p, text, problems);
      if (p.check) p.check(text, problems);
      return split_list(text);
    case ParameterType::kEnum:
    case ParameterType::kPattern:
    case ParameterType::kString: break;
  }
  if (sent.array && !p.lenient) {
    problems.push_back("Invalid " + quoted(p.name) + "; expected scalar value.");
    return {};
  }
  if (sent.array) return default_of(p);
  if (p.type == ParameterType::kEnum && !p.lenient) return read_enum(p, text, problems);
  return read_text(p, text, problems);
}

const SentValue* find_sent(const SentValues& sent, std::string_view name) {
  for (const auto& value : sent) {
    if (value.name == name) return &value;
  }
  return nullptr;
}

bool is_given(const SentValue* sent) { return sent && !trimmed(sent->text).empty(); }

}  // namespace

std::vector<std::string> validate(const std::vector<Parameter>& declared, const SentValues& sent, Arguments& arguments) {
  Problems problems;
  for (const bool late : {false, true}) {
    if (late && !problems.empty()) break;
    for (std::size_t i = 0; i < declared.size() && !(late && !problems.empty()); ++i) {
      const Parameter& p = declared[i];
      if (p.late != late || p.place == ParameterPlace::kPath) continue;
      const auto* value = find_sent(sent, p.name);
      const bool shadowed = !p.ignored_with.empty() && is_given(find_sent(sent, p.ignored_with));
      if (!is_given(value) || shadowed) {
        if (p.default_integer || p.default_text) arguments.set(i, default_of(p), false);  // else it is so from the beginning
      } else {
        arguments.set(i, read(p, *value, trimmed(value->text), problems), true);
      }
    }
  }
  if (problems.size() < 2) return problems;
  Problems unique;
  for (auto& problem : problems) {
    if (std::find(unique.begin(), unique.end(), problem) == unique.end()) unique.push_back(std::move(problem));
  }
  return unique;
}

void check_identifiers(const std::vector<std::string_view>& identifiers, const SentValues& sent, std::vector<std::string>& problems) {
  if (identifiers.empty()) return;
  const auto given = std::count_if(identifiers.begin(), identifiers.end(), [&](std::string_view name) { return is_given(find_sent(sent, name)); });
  if (given == 1) return;
  if (identifiers.size() == 1) {
    problems.push_back("Provide " + quoted(identifiers.front()) + " with a positive integer value.");
    return;
  }
  std::string names;
  for (const auto name : identifiers) names += (names.empty() ? "" : " or ") + quoted(name);
  problems.push_back("Provide exactly one identifier: " + names + ".");
}

}  // namespace engine::net
