#include "app/surfaces/craft_agents/json_members.h"

namespace app::craft_agents {

namespace {

/// Walks over JSON text. Every method stops at the end; a wrong turn leaves `ok` false.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}
  bool ok() const { return ok_; }
  bool at_end() {
    skip_blanks();
    return at_ >= text_.size();
  }
  bool take(char wanted) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  /// Between the quotes.
  std::string_view string() {
    if (!take('"')) return fail();
    const auto begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return fail();
    return text_.substr(begin, at_++ - begin);
  }
  std::string_view value() {
    skip_blanks();
    const auto begin = at_;
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
      if (c == '"') {
        string();
        if (!ok_) return {};
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    }
    auto end = at_;
    while (end > begin && is_blank(text_[end - 1])) --end;
    return end == begin || depth > 0 ? fail() : text_.substr(begin, end - begin);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  std::string_view fail() {
    ok_ = false;
    return {};
  }
  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace

std::vector<JsonMember> json_members(std::string_view object) {
  Walk walk(object);
  std::vector<JsonMember> members;
  if (!walk.take('{')) return members;
  if (walk.take('}')) return members;
  do {
    JsonMember member;
    member.key = walk.string();
    if (!walk.ok() || !walk.take(':')) return {};
    member.value = walk.value();
    if (!walk.ok()) return {};
    members.push_back(member);
  } while (walk.take(','));
  if (!walk.take('}') || !walk.at_end()) return {};
  return members;
}

std::optional<std::string_view> json_member(std::string_view object, std::string_view key) {
  for (const auto& member : json_members(object)) {
    if (member.key == key) return member.value;
  }
  return std::nullopt;
}

std::string overlaid(std::string_view base, std::string_view over) {
  const auto values = json_members(over);
  if (values.empty()) return std::string(base);
  std::string out;
  out.reserve(base.size() + over.size());
  for (const auto& member : json_members(base)) {
    auto value = member.value;
    for (const auto& other : values) {
      if (other.key == member.key) value = other.value;
    }
    out.append(out.empty() ? "{\"" : ",\"").append(member.key).append("\":").append(value);
  }
  return out.empty() ? std::string(base) : out + '}';
}

}  // namespace app::craft_agents
