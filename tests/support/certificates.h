#pragma once
// Certificates made on the spot: an authority and what it issues, valid when the test says. Nothing of it is a file.

#include <memory>
#include <string>

#include "engine/base/utc.h"

namespace test {

/// PEM texts.
struct Issued {
  std::string certificate;
  std::string key;
};

/// From 2020 to 2090: valid for the fake clock and for the machine's.
struct Validity {
  engine::WallTime from = std::chrono::sys_days(std::chrono::year(2020) / 1 / 1);
  engine::WallTime until = std::chrono::sys_days(std::chrono::year(2090) / 1 / 1);
};

/// An authority of its own with elliptic keys (P-256).
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "Test Authority");
  ~TestAuthority();
  /// A certificate for `name`, a host name or an IPv4 address, for servers and clients alike.
  Issued issue(const std::string& name, Validity validity = {}) const;
  /// Its own certificate: what a peer trusts.
  const std::string& certificate() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// An RSA certificate signed by itself.
Issued self_signed_rsa(const std::string& name, unsigned bits);
/// The same key with a password.
std::string encrypted(const std::string& key_pem, const std::string& password);

}  // namespace test
