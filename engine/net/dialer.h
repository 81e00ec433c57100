#pragma once
// Which addresses a request may leave to, decided after name resolution.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/asio.h"

namespace engine::net {

/// A block of addresses; one address is a block of full length.
struct Cidr {
  asio::ip::address network;
  unsigned prefix = 0;
  bool contains(const asio::ip::address& address) const;
};
/// "10.0.0.0/8", "fd00::/8", "192.0.2.7". kMalformed: anything else, also bits set behind the prefix.
Result<Cidr> parse_cidr(std::string_view text);

struct DialPolicy {
  /// Opens private (RFC 1918, fc00::/7), loopback and shared (100.64.0.0/10) addresses. Never link-local, cloud metadata, multicast,
  /// unspecified, reserved or documentation addresses: those take an entry in `allow`.
  bool allow_private = false;
  std::vector<Cidr> allow;
};

/// Pure. True: a public unicast address, or one that the policy opens. IPv4 inside IPv6 (mapped, NAT64, 6to4, ISATAP) is judged as the IPv4 address it leads to;
/// IPv4-compatible and -translated addresses, Teredo and local NAT64 prefixes are refused. A NAT64 prefix that a network has taken from its own addresses cannot be told. The text a URL spelled the host with (decimal, octal, hexadecimal) does not matter:
/// what is judged is the address that would be dialed.
bool allowed(const asio::ip::address& address, const DialPolicy& policy);

/// The addresses behind a name, as a resolver gives them. kUnavailable: none. kCancelled.
using Resolve = std::function<Task<Result<std::vector<asio::ip::tcp::endpoint>>>(std::string host, std::uint16_t port)>;
/// The machine's resolver. Addresses in text are taken as they are.
Resolve system_resolver();

/// Resolves a name and connects to the first address that is allowed and answers. Each call asks anew, judges what it is told then, and connects to nothing but what
/// it has judged: a name that changes its mind gains nothing.
/// Threads: belongs to the loop it is used on. Resolution runs on a thread of its own; a hung one is abandoned at cancellation.
class GuardedDialer {
 public:
  explicit GuardedDialer(DialPolicy policy, Resolve resolve = system_resolver()) : policy_(std::move(policy)), resolve_(std::move(resolve)) {}
  /// A connected, non-blocking socket without Nagle delay. No deadline of its own: call it through within().
  /// kDenied: no resolved address is allowed. kUnavailable: name unknown or nobody answers. kCancelled.
  Task<Result<asio::ip::tcp::socket>> dial(std::string host, std::uint16_t port) const;

 private:
  DialPolicy policy_;
  Resolve resolve_;
};

}  // namespace engine::net
