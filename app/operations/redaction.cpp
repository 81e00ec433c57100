#include "app/operations/redaction.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/net/validation.h"

namespace app::operations {

namespace {

constexpr std::size_t kShortest = 4;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || c == '+'; }
bool ends_value(char c) { return std::isspace(static_cast<unsigned char>(c)) || c == ',' || c == ';' || c == '&' || c == ')' || c == '"' || c == '\''; }
bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)); }

void replace_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + kRedacted.size())) text.replace(at, what.size(), kRedacted);
}

/// "scheme://user:password@host/path?query" keeps scheme, host and path.
void scrub_urls(std::string& text) {
  for (auto at = text.find("://"); at != text.npos; at = text.find("://", at)) {
    at += 3;
    auto end = at;
    while (end < text.size() && !is_space(text[end]) && text[end] != '"' && text[end] != '\'' && text[end] != '<' && text[end] != '>') ++end;
    auto host_end = std::min(text.find_first_of("/?#", at), end);
    if (const auto sign = text.rfind('@', host_end); host_end > at && sign != text.npos && sign >= at && sign < host_end) {
      text.replace(at, sign - at, kRedacted);
      end -= sign - at;
      end += kRedacted.size();
      at += kRedacted.size() + 1;
      host_end = std::min(text.find_first_of("/?#", at), end);
    }
    const auto query = text.find_first_of("?#", at);
    if (query < end) text.replace(query + 1, end - query - 1, kRedacted);
  }
}

void scrub_addresses(std::string& text) {
  for (auto at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
    auto begin = at, end = at + 1;
    while (begin > 0 && is_word(text[begin - 1])) --begin;
    while (end < text.size() && is_word(text[end])) ++end;
    if (begin == at || end == at + 1) continue;
    text.replace(begin, end - begin, kRedacted);
    at = begin;
  }
}

/// The value behind "password=", "token: ", "Bearer " and their like. The schemes come first: they stand between a name and its value.
void scrub_named_values(std::string& text) {
  static constexpr std::array<std::string_view, 11> kNames{"bearer", "basic",  "password", "passwd",        "pwd",      "secret",
                                                           "token",  "apikey", "api_key",  "authorization", "signature"};
  for (const auto name : kNames) {
    auto lower = engine::net::ascii_lower(text);
    for (auto at = lower.find(name); at != lower.npos; at = lower.find(name, at)) {
      at += name.size();
      auto begin = at;
      while (begin < text.size() && (is_space(text[begin]) || text[begin] == '=' || text[begin] == ':' || text[begin] == '"' || text[begin] == '\'')) ++begin;
      const auto between = std::string_view(text).substr(at, begin - at);
      const bool assigned = between.find_first_of("=:") != between.npos || ((name == "bearer" || name == "basic") && !between.empty());
      auto end = begin;
      while (end < text.size() && !ends_value(text[end])) ++end;
      if (!assigned || end == begin || std::string_view(text).substr(begin).starts_with(kRedacted)) continue;
      text.replace(begin, end - begin, kRedacted);
      lower = engine::net::ascii_lower(text);
      at = begin + kRedacted.size();
    }
  }
}

}  // namespace

Redactor::Redactor(std::vector<engine::Secret> secrets) : secrets_(std::move(secrets)) {
  std::erase_if(secrets_, [](const engine::Secret& secret) { return secret.reveal().size() < kShortest; });
  std::sort(secrets_.begin(), secrets_.end(), [](const auto& a, const auto& b) { return a.reveal().size() > b.reveal().size(); });
}

std::string Redactor::operator()(std::string_view text) const {
  std::string clean(text);
  for (const auto& secret : secrets_) replace_all(clean, secret.reveal());
  scrub_urls(clean);
  scrub_named_values(clean);
  scrub_addresses(clean);
  return clean;
}

}  // namespace app::operations
