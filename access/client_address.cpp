#include "access/client_address.h"

#include <algorithm>

#include "engine/net/http_syntax.h"
#include "engine/net/validation.h"

namespace trust {
namespace {

using engine::net::equal_ignoring_case;
using engine::net::Header;
using engine::net::trimmed;

bool is_port(std::string_view text) {
  const auto number = engine::net::parse_decimal(text);
  return number && *number <= 65535;
}

/// Reads one Forwarded header: elements apart by ',', pairs by ';', values tokens or quoted strings.
class ForwardedReader {
 public:
  explicit ForwardedReader(std::string_view text) : rest_(text) {}

  /// False: the text does not follow the grammar.
  bool read(std::vector<std::string_view>& entries) {
    for (;;) {
      std::string_view client;
      if (!read_element(client)) return false;
      entries.push_back(client);
      if (rest_.empty()) return true;
      rest_.remove_prefix(1);  // ','
    }
  }

 private:
  bool read_element(std::string_view& client) {
    bool named = false;
    for (;;) {
      skip_blanks();
      if (!rest_.empty() && rest_[0] != ';' && rest_[0] != ',') {
        std::string_view name, value;
        if (!read_pair(name, value)) return false;
        if (equal_ignoring_case(name, "for")) {
          client = named ? std::string_view{} : value;
          named = true;
        }
      }
      skip_blanks();
      if (rest_.empty() || rest_[0] == ',') return true;
      if (rest_[0] != ';') return false;
      rest_.remove_prefix(1);
    }
  }
  bool read_pair(std::string_view& name, std::string_view& value) {
    name = take(rest_.find_first_of("=;, \t\""));
    if (!engine::net::is_token(name) || rest_.empty() || rest_[0] != '=') return false;
    rest_.remove_prefix(1);
    if (!rest_.empty() && rest_[0] == '"') return read_quoted(value);
    value = take(rest_.find_first_of(";, \t\""));  // laxer than a token: "[::1]:80" without its quotes is not rare
    return !value.empty();
  }
  bool read_quoted(std::string_view& value) {
    bool escaped = false;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '\\') {
        escaped = true;
        ++at;
      } else if (rest_[at] == '"') {
        value = escaped ? std::string_view{} : rest_.substr(1, at - 1);  // no address needs an escape
        rest_.remove_prefix(at + 1);
        return true;
      }
    }
    return false;
  }
  std::string_view take(std::size_t end) {
    const auto taken = rest_.substr(0, end);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  std::string_view rest_;
};

}  // namespace

std::vector<std::string_view> forwarded_for_entries(std::span<const Header> headers) {
  std::vector<std::string_view> entries;
  for (const auto& header : headers) {
    if (!equal_ignoring_case(header.name, "X-Forwarded-For")) continue;
    for (std::string_view rest = header.value;;) {
      const auto comma = rest.find(',');
      entries.push_back(trimmed(rest.substr(0, comma)));
      if (comma == rest.npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return entries;
}

std::vector<std::string_view> forwarded_entries(std::span<const Header> headers) {
  std::vector<std::string_view> entries;
  for (const auto& header : headers) {
    if (!equal_ignoring_case(header.name, "Forwarded")) continue;
    const auto before = entries.size();
    if (ForwardedReader(header.value).read(entries)) continue;
    entries.resize(before);
    entries.emplace_back();
  }
  return entries;
}

std::optional<std::string> address_of_entry(std::string_view entry) {
  if (entry.starts_with('[')) {
    const auto end = entry.find(']');
    if (end == entry.npos) return std::nullopt;
    const auto inside = entry.substr(1, end - 1);
    const auto behind = entry.substr(end + 1);
    if (inside.find(':') == inside.npos) return std::nullopt;  // brackets are IPv6's
    if (!behind.empty() && (behind[0] != ':' || !is_port(behind.substr(1)))) return std::nullopt;
    return canonical_address(inside);
  }
  const auto colon = entry.find(':');
  if (colon == entry.npos || entry.find(':', colon + 1) != entry.npos) return canonical_address(entry);
  if (!is_port(entry.substr(colon + 1))) return std::nullopt;
  return canonical_address(entry.substr(0, colon));
}

engine::Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> texts) {
  TrustedProxies proxies;
  for (const auto& text : texts) {
    auto range = IpRange::parse(text);
    if (!range) return range.take_error();
    proxies.ranges_.push_back(*range);
  }
  return proxies;
}

bool TrustedProxies::trusts(std::string_view address) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const IpRange& range) { return range.contains(address); });
}

std::string TrustedProxies::walk(std::string_view peer, std::span<const std::string_view> entries) const {
  std::string last(peer);
  for (auto at = entries.rbegin(); at != entries.rend() && trusts(last); ++at) {
    auto next = address_of_entry(*at);
    if (!next) break;
    last = std::move(*next);
  }
  return last;
}

std::string TrustedProxies::client_address(std::string_view peer, std::span<const Header> headers) const {
  const auto canonical = canonical_address(peer);
  if (!canonical) return std::string(peer);
  if (!trusts(*canonical)) return *canonical;
  const auto listed = forwarded_for_entries(headers);
  const auto described = forwarded_entries(headers);
  auto client = walk(*canonical, listed.empty() ? described : listed);
  if (!listed.empty() && !described.empty() && walk(*canonical, described) != client) return {};
  return client;
}

void TrustedProxies::apply(engine::net::Request& request) const {
  if (ranges_.empty() || !trusts(request.peer_address)) return;
  request.proxy_address = std::move(request.peer_address);
  request.peer_address = client_address(request.proxy_address, request.headers);
}

}  // namespace trust
