#include "access/ip_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace trust {

namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  bool v6 = false;
};

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
  Address address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  address.v6 = true;
  constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
    Address v4;
    std::copy(address.bytes.begin() + 12, address.bytes.end(), v4.bytes.begin());
    return v4;
  }
  return address;
}

}  // namespace

engine::Result<IpRange> IpRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return engine::fail(engine::Errc::kMalformed, "not an IP address or CIDR: " + std::string(text));
  IpRange range;
  range.bytes_ = address->bytes;
  range.v6_ = address->v6;
  const unsigned widest = address->v6 ? 128 : 32;
  range.prefix_ = widest;
  if (slash != text.npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), range.prefix_);
    if (error != std::errc{} || end != digits.data() + digits.size() || range.prefix_ > widest) {
      return engine::fail(engine::Errc::kMalformed, "bad prefix length: " + std::string(text));
    }
  }
  return range;
}

bool IpRange::contains(std::string_view text) const {
  const auto address = parse_address(text);
  if (!address || address->v6 != v6_) return false;
  const unsigned whole = prefix_ / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + whole, address->bytes.begin())) return false;
  const unsigned rest = prefix_ % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xffu << (8 - rest) & 0xffu;
  return (bytes_[whole] & mask) == (address->bytes[whole] & mask);
}

std::optional<std::string> canonical_address(std::string_view text) {
  const auto address = parse_address(text);
  if (!address) return std::nullopt;
  char spelled[INET6_ADDRSTRLEN];
  inet_ntop(address->v6 ? AF_INET6 : AF_INET, address->bytes.data(), spelled, sizeof spelled);
  return std::string(spelled);
}

bool address_allowed(std::span<const IpRange> allowlist, std::string_view address) {
  if (allowlist.empty()) return true;
  return std::any_of(allowlist.begin(), allowlist.end(), [&](const IpRange& range) { return range.contains(address); });
}

}  // namespace trust
