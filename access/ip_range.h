#pragma once
// Address ranges of an allowlist.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace trust {

/// An IPv4 or IPv6 network; a bare address is a network of one. An IPv4 address written as IPv6 (::ffff:1.2.3.4) is IPv4.
class IpRange {
 public:
  /// "10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::1". kMalformed: anything else.
  static engine::Result<IpRange> parse(std::string_view text);
  /// False for another family and for text that is no address.
  bool contains(std::string_view address) const;

 private:
  std::array<unsigned char, 16> bytes_{};
  unsigned prefix_ = 0;
  bool v6_ = false;
};

/// The one spelling of an address: RFC 5952 for IPv6, dotted for IPv4 and for IPv4 written as IPv6. nullopt: no address (also one with a zone).
std::optional<std::string> canonical_address(std::string_view text);

/// An empty list allows all; otherwise an unknown (empty or unreadable) address is refused.
bool address_allowed(std::span<const IpRange> allowlist, std::string_view address);

}  // namespace trust
