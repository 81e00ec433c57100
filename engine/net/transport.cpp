#include "engine/net/transport.h"

#include <algorithm>

#include "engine/base/append_number.h"
#include "engine/net/http_syntax.h"

namespace engine::net {
namespace {

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool unprintable(char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool address_character(char c) { return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.'; }

// "host", "host:port", "[v6]", "[v6]:port" into host and the text behind the colon.
Result<void> split_authority(std::string_view authority, Url& url, std::string_view& port) {
  if (authority.find('@') != std::string_view::npos) return fail(Errc::kMalformed, "url: user info is not allowed");
  const bool bracketed = !authority.empty() && authority[0] == '[';
  auto host = authority.substr(0, authority.find(':'));
  auto rest = authority.substr(host.size());
  if (bracketed) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return fail(Errc::kMalformed, "url: '[' without ']'");
    host = authority.substr(1, end - 1);
    rest = authority.substr(end + 1);
  }
  url.host = lower_case(host);
  if (url.host.empty()) return fail(Errc::kMalformed, "url: the host is empty");
  if (url.host.size() > 253) return fail(Errc::kMalformed, "url: the host is too long");
  if (!std::all_of(url.host.begin(), url.host.end(), bracketed ? address_character : host_character)) {
    return fail(Errc::kMalformed, "url: the host has a character that is not allowed");
  }
  if (!rest.empty() && rest[0] != ':') return fail(Errc::kMalformed, "url: text behind the host");
  port = rest.empty() ? rest : rest.substr(1);
  return ok();
}

}  // namespace

void Url::append_authority(std::string& out) const {
  const bool bracketed = host.find(':') != std::string::npos;
  if (bracketed) out += '[';
  out += host;
  if (bracketed) out += ']';
  if (port == default_port(scheme)) return;
  append_number(out.append(1, ':'), port);
}

std::string Url::authority() const {
  std::string out;
  append_authority(out);
  return out;
}

std::string Url::text() const { return scheme + "://" + authority() + target; }

Result<Url> parse_url(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), unprintable)) return fail(Errc::kMalformed, "url: blank or control character");
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return fail(Errc::kMalformed, "url: no scheme");
  Url url;
  url.scheme = lower_case(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") return fail(Errc::kMalformed, "url: the scheme is neither http nor https");
  text.remove_prefix(scheme_end + 3);
  const auto authority = text.substr(0, text.find_first_of("/?#\\"));
  auto target = text.substr(authority.size());
  if (target.find_first_of("#\\") != std::string_view::npos) return fail(Errc::kMalformed, "url: fragment or backslash");
  std::string_view port;
  if (auto split = split_authority(authority, url, port); !split) return split.take_error();
  url.port = default_port(url.scheme);
  if (!port.empty()) {
    const auto number = parse_decimal(port);
    if (!number || *number == 0 || *number > 65535) return fail(Errc::kMalformed, "url: the port is not a number from 1 to 65535");
    url.port = static_cast<std::uint16_t>(*number);
  }
  url.target = target.empty() || target[0] != '/' ? "/" + std::string(target) : std::string(target);
  return url;
}

}  // namespace engine::net
