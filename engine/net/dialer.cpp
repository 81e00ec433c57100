#include "engine/net/dialer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

namespace engine::net {
namespace {

using asio::ip::address;
using asio::ip::address_v4;
using asio::ip::address_v6;
using asio::ip::tcp;

constexpr std::size_t kMaxAddressesTried = 8;

struct Block4 {
  std::uint32_t network;
  unsigned prefix;
};
constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) { return a << 24 | b << 16 | c << 8 | d; }

// What allow_private opens.
constexpr std::array<Block4, 5> kPrivate4{{{quad(10, 0, 0, 0), 8}, {quad(172, 16, 0, 0), 12}, {quad(192, 168, 0, 0), 16},
                                           {quad(127, 0, 0, 0), 8}, {quad(100, 64, 0, 0), 10}}};
// What only an explicit entry opens: this network, link-local, protocol assignments, documentation, 6to4 relays, benchmarks, multicast,
// reserved and broadcast, and the metadata services that clouds put at other addresses.
constexpr std::array<Block4, 12> kNever4{{{quad(0, 0, 0, 0), 8}, {quad(169, 254, 0, 0), 16}, {quad(192, 0, 0, 0), 24}, {quad(192, 0, 2, 0), 24},
                                          {quad(192, 88, 99, 0), 24}, {quad(198, 18, 0, 0), 15}, {quad(198, 51, 100, 0), 24}, {quad(203, 0, 113, 0), 24},
                                          {quad(224, 0, 0, 0), 4}, {quad(240, 0, 0, 0), 4}, {quad(100, 100, 100, 200), 32}, {quad(168, 63, 129, 16), 32}}};

bool in(std::uint32_t value, const Block4& block) { return (value ^ block.network) >> (32 - block.prefix) == 0; }

template <std::size_t N>
bool in_any(std::uint32_t value, const std::array<Block4, N>& blocks) {
  return std::any_of(blocks.begin(), blocks.end(), [value](const Block4& block) { return in(value, block); });
}

bool public4(const address_v4& v4, bool allow_private) {
  const auto value = v4.to_uint();
  if (in_any(value, kNever4)) return false;
  return allow_private || !in_any(value, kPrivate4);
}

bool bytes_match(const unsigned char* a, const unsigned char* b, unsigned bits) {
  const auto whole = bits / 8;
  if (!std::equal(a, a + whole, b)) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

struct Block6 {
  std::array<unsigned char, 16> network;
  unsigned prefix;
};
constexpr Block6 kGlobal{{0x20}, 3};
// Inside 2000::/3, yet no hosts of the public network: protocol assignments with Teredo and ORCHID, two documentation blocks.
constexpr std::array<Block6, 3> kNever6{{{{0x20, 0x01, 0x00}, 23}, {{0x20, 0x01, 0x0d, 0xb8}, 32}, {{0x3f, 0xff}, 20}}};
constexpr Block6 kUniqueLocal{{0xfc}, 7};
// Metadata services at unique local addresses.
constexpr std::array<Block6, 3> kMetadata6{{{{0xfd, 0x00, 0x0e, 0xc2}, 32}, {{0xfd, 0x20, 0x00, 0xce}, 32}, {{0xfd, 0x00, 0x00, 0x42}, 32}}};
constexpr Block6 kNat64{{0x00, 0x64, 0xff, 0x9b}, 96};
constexpr Block6 kSixToFour{{0x20, 0x02}, 16};

bool in(const address_v6::bytes_type& bytes, const Block6& block) { return bytes_match(bytes.data(), block.network.data(), block.prefix); }

template <std::size_t N>
bool in_any(const address_v6::bytes_type& bytes, const std::array<Block6, N>& blocks) {
  return std::any_of(blocks.begin(), blocks.end(), [&bytes](const Block6& block) { return in(bytes, block); });
}

// RFC 5214: an interface identifier of 0000:5efe or 0200:5efe and an IPv4 address, behind any prefix.
bool isatap(const address_v6::bytes_type& bytes) { return (bytes[8] & ~0x02) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe; }

address_v4 embedded(const address_v6::bytes_type& bytes, std::size_t at) {
  return address_v4(address_v4::bytes_type{bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
}

bool nothing_behind_prefix(const Cidr& block) {
  const auto v4 = block.network.is_v4() ? block.network.to_v4().to_bytes() : address_v4::bytes_type{};
  const auto v6 = block.network.is_v6() ? block.network.to_v6().to_bytes() : address_v6::bytes_type{};
  const unsigned width = block.network.is_v4() ? 32 : 128;
  for (unsigned bit = block.prefix; bit < width; ++bit) {
    const unsigned char byte = width == 32 ? v4[bit / 8] : v6[bit / 8];
    if (byte >> (7 - bit % 8) & 1) return false;
  }
  return true;
}

bool listed(const address& candidate, const DialPolicy& policy) {
  return std::any_of(policy.allow.begin(), policy.allow.end(), [&](const Cidr& block) { return block.contains(candidate); });
}

bool allowed4(const address_v4& v4, const DialPolicy& policy) { return listed(v4, policy) || public4(v4, policy.allow_private); }

bool public6(const address_v6& v6, bool allow_private) {
  const auto bytes = v6.to_bytes();
  if (in_any(bytes, kMetadata6)) return false;
  if (in(bytes, kUniqueLocal) || v6.is_loopback()) return allow_private;
  return in(bytes, kGlobal) && !in_any(bytes, kNever6);
}

// One name look-up that its waiter can walk away from: getaddrinfo cannot be interrupted.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor, asio::steady_timer::time_point::max()) {}
  tcp::resolver resolver;
  asio::steady_timer done;  // never expires: cancelling it says that the answer is there
  bool finished = false;
  asio::error_code failed;
  std::vector<tcp::endpoint> found;
};

void start(const std::shared_ptr<Lookup>& lookup, const std::string& host, std::uint16_t port) {
  const auto flags = tcp::resolver::numeric_service;
  lookup->resolver.async_resolve(host, std::to_string(port), flags, [lookup](asio::error_code failed, const tcp::resolver::results_type& results) {
    lookup->finished = true;
    lookup->failed = failed;
    for (const auto& entry : results) lookup->found.push_back(entry.endpoint());
    lookup->done.cancel();
  });
}

Task<Result<std::vector<tcp::endpoint>>> resolve(std::string host, std::uint16_t port) {
  asio::error_code not_numeric;
  const auto numeric = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return std::vector<tcp::endpoint>{{numeric, port}};
  auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
  start(lookup, host, port);
  co_await lookup->done.async_wait(kTuple);
  if (!lookup->finished) {
    lookup->resolver.cancel();
    co_return fail(Errc::kCancelled, "name look-up abandoned");
  }
  if (lookup->failed) co_return fail(Errc::kUnavailable, "name " + host + ": " + lookup->failed.message());
  co_return std::move(lookup->found);
}

}  // namespace

bool Cidr::contains(const address& candidate) const {
  if (candidate.is_v4() != network.is_v4()) return false;
  if (candidate.is_v4()) return bytes_match(candidate.to_v4().to_bytes().data(), network.to_v4().to_bytes().data(), prefix);
  return bytes_match(candidate.to_v6().to_bytes().data(), network.to_v6().to_bytes().data(), prefix);
}

Result<Cidr> parse_cidr(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  asio::error_code failed;
  Cidr block;
  block.network = asio::ip::make_address(std::string(text.substr(0, slash)), failed);
  if (failed) return fail(Errc::kMalformed, "'" + std::string(text) + "' is not an address block");
  const unsigned width = block.network.is_v4() ? 32 : 128;
  block.prefix = width;
  if (slash == text.size()) return block;
  const auto digits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), block.prefix);
  if (error != std::errc{} || end != digits.data() + digits.size() || block.prefix > width) {
    return fail(Errc::kMalformed, "'" + std::string(text) + "' has no valid prefix length");
  }
  if (!nothing_behind_prefix(block)) return fail(Errc::kMalformed, "'" + std::string(text) + "' has bits behind its prefix");
  return block;
}

bool allowed(const address& candidate, const DialPolicy& policy) {
  if (candidate.is_v4()) return allowed4(candidate.to_v4(), policy);
  const auto v6 = candidate.to_v6();
  const auto bytes = v6.to_bytes();
  if (listed(candidate, policy)) return true;
  if (v6.is_v4_mapped()) return allowed4(embedded(bytes, 12), policy);
  if (in(bytes, kNat64)) return allowed4(embedded(bytes, 12), policy);
  if (in(bytes, kSixToFour)) return allowed4(embedded(bytes, 2), policy);
  if (isatap(bytes) && !allowed4(embedded(bytes, 12), policy)) return false;
  return public6(v6, policy.allow_private);
}

Resolve system_resolver() { return resolve; }

Task<Result<tcp::socket>> GuardedDialer::dial(std::string host, std::uint16_t port) const {
  auto found = co_await resolve_(host, port);
  if (!found) co_return found.take_error();
  const auto executor = co_await asio::this_coro::executor;
  std::size_t tried = 0;
  asio::error_code last = asio::error::host_not_found;
  for (const auto& endpoint : *found) {
    if (!allowed(endpoint.address(), policy_)) continue;
    if (++tried > kMaxAddressesTried) break;
    tcp::socket socket(executor);
    const auto [failed] = co_await socket.async_connect(endpoint, kTuple);
    if (failed == asio::error::operation_aborted) co_return fail(Errc::kCancelled, "connect cancelled");
    last = failed;
    if (failed) continue;
    asio::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    co_return std::move(socket);
  }
  if (tried == 0) co_return fail(Errc::kDenied, "no address of " + host + " may be dialed");
  co_return fail(Errc::kUnavailable, "connect to " + host + ": " + last.message());
}

}  // namespace engine::net
