#pragma once
// Who is at the other end when a proxy stands between: the address that rate limits, allowlists and the audit go by.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/ip_range.h"
#include "engine/net/http.h"

namespace trust {

/// The proxies whose word about their client counts. Immutable; any thread.
class TrustedProxies {
 public:
  /// Trusts nobody: headers are not looked at.
  TrustedProxies() = default;
  /// Addresses and CIDRs. kMalformed: names the first that is neither.
  static engine::Result<TrustedProxies> parse(std::span<const std::string> texts);

  bool empty() const { return ranges_.empty(); }
  bool trusts(std::string_view address) const;

  /// The client behind `peer` (the socket's other end), in its canonical spelling.
  ///
  /// Where `peer` is not trusted it is `peer`, whatever the headers say. Else the addresses of X-Forwarded-For, or those of the for= parameters of
  /// Forwarded (RFC 7239 section 5.2), are walked from the right, the end that the nearest proxy wrote: the first that is not itself a trusted
  /// proxy is the client. An entry that is no address (empty, "unknown", "_hidden", a port that is none) ends the walk at the last good one, and so
  /// does the list's end. Ports and brackets are dropped.
  /// Where both headers are there and lead to different clients, one of them passed a proxy that does not write it, and may be the client's own
  /// invention: the address is unknown then (empty), which no allowlist admits.
  /// Cost: linear in the headers, which the server bounds.
  std::string client_address(std::string_view peer, std::span<const engine::net::Header> headers) const;

  /// Sets peer_address to the client's and proxy_address to the socket's, where the socket's is a trusted proxy's. Called once, where a request enters.
  void apply(engine::net::Request& request) const;

 private:
  std::string walk(std::string_view peer, std::span<const std::string_view> entries) const;
  std::vector<IpRange> ranges_;
};

/// The entries of every X-Forwarded-For header, in order, trimmed; a view into the headers each.
std::vector<std::string_view> forwarded_for_entries(std::span<const engine::net::Header> headers);
/// The for= values of every Forwarded header, in order, without quotes; "" for an element without one, with two, or with one that needs unescaping, and
/// once for a header that does not follow the grammar.
std::vector<std::string_view> forwarded_entries(std::span<const engine::net::Header> headers);
/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80" as a canonical address. nullopt: anything else.
std::optional<std::string> address_of_entry(std::string_view entry);

}  // namespace trust
