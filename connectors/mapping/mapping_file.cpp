#include "connectors/mapping/mapping_file.h"

#include <algorithm>
#include <array>

namespace connectors {
namespace {

constexpr std::array<std::string_view, 20> kWords{"setting", "parameter", "fragment", "tables", "resource", "alias", "optional", "ids",  "document", "part", "guard",
                                                  "affected", "due",      "next",     "plugin", "external", "item", "query",    "schema", "order"};

std::string known_words() {
  std::string out;
  for (const auto word : kWords) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    out.emplace_back(trimmed(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

std::string with_arguments(const std::string& body, const std::vector<std::string>& arguments) {
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool place = body[i] == '$' && i + 1 < body.size() && body[i + 1] >= '1' && body[i + 1] <= '9';
    const auto number = place ? static_cast<std::size_t>(body[i + 1] - '1') : 0;
    if (place && number < arguments.size()) {
      out += arguments[number];
      ++i;
    } else {
      out += body[i];
    }
  }
  return out;
}

}  // namespace

std::string comment_text(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = trimmed(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.empty()) break;  // what follows belongs to the next section
    line = trimmed(line.substr(std::min(line.find_first_not_of('-'), line.size())));
    out.append(out.empty() || line.empty() ? "" : " ").append(line);
  }
  return out;
}

std::vector<std::string> comma_pieces(std::string_view text) {
  auto pieces = split_arguments(text);
  std::erase(pieces, "");
  return pieces;
}

std::vector<std::string> blank_pieces(std::string_view text) {
  std::vector<std::string> out;
  while (!(text = trimmed(text)).empty()) {
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

tl::unexpected<engine::Error> fail_mapping(const std::string& file, int line, const std::string& what) {
  return engine::fail(engine::Errc::kMalformed, file + ":" + std::to_string(line) + ": " + what);
}

std::string need_argument(const MappingSection& section) { return "\"--@ " + section.word + "\" needs a name behind it"; }

engine::Result<std::vector<MappingSection>> cut_mapping_file(const std::string& file, std::string_view text) {
  std::vector<MappingSection> sections;
  int line = 0;
  while (!text.empty()) {
    ++line;
    const auto end = std::min(text.find('\n'), text.size());
    const auto current = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto content = trimmed(current);
    if (content.substr(0, 3) == "--@") {
      auto parts = blank_pieces(content.substr(3));
      if (parts.empty() || std::find(kWords.begin(), kWords.end(), parts[0]) == kWords.end()) {
        return fail_mapping(file, line, "unknown directive \"" + std::string(content) + "\"; known are " + known_words());
      }
      MappingSection section{parts[0], {parts.begin() + 1, parts.end()}, {}, file, line};
      sections.push_back(std::move(section));
    } else if (!sections.empty()) {
      sections.back().body.append(current).append("\n");
    } else if (!content.empty() && content.substr(0, 2) != "--") {
      return fail_mapping(file, line, "SQL in front of the first directive; put a line such as \"--@ document\" above it");
    }
  }
  return sections;
}

std::string one_line(std::string_view sql) {
  std::string out;
  while (!sql.empty()) {
    const auto end = std::min(sql.find('\n'), sql.size());
    const auto line = trimmed(sql.substr(0, end));
    sql.remove_prefix(std::min(end + 1, sql.size()));
    const auto code = trimmed(line.substr(0, line.find("-- ")));
    if (code.empty() || code.substr(0, 2) == "--") continue;
    if (!out.empty()) out += ' ';
    out += code;
  }
  return out;
}

engine::Result<std::string> expand_fragments(std::string_view sql, const Fragments& fragments, int& line) {
  std::string out;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\n') ++line;
    std::size_t end = i + 1;
    while (sql[i] == '{' && end < sql.size() && is_name(sql[end])) ++end;
    if (end == i + 1 || end >= sql.size()) {
      out += sql[i];
      continue;
    }
    const std::string name(sql.substr(i + 1, end - i - 1));
    std::vector<std::string> arguments;
    if (sql[end] == '(') {
      const auto close = std::min(sql.find(')', end), sql.size() - 1);
      arguments = split_arguments(sql.substr(end + 1, close - end - 1));
      end = close + 1;
    }
    const auto fragment = fragments.find(name);
    if (fragment == fragments.end()) return engine::fail(engine::Errc::kMalformed, "no fragment {" + name + "}; declare it with \"--@ fragment " + name + "\"");
    if (end >= sql.size() || sql[end] != '}') return engine::fail(engine::Errc::kMalformed, "the use of fragment {" + name + "} does not end with \"}\"");
    int inner_line = 0;
    auto inner = expand_fragments(with_arguments(fragment->second, arguments), fragments, inner_line);
    if (!inner) return inner.take_error();
    out += *inner;
    i = end;
  }
  return out;
}

}  // namespace connectors
