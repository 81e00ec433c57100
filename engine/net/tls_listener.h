#pragma once
// What a listening socket needs to speak TLS. Its identity may be replaced while it listens.

#include <atomic>
#include <chrono>
#include <memory>

#include "engine/net/tls_identity.h"

namespace engine::net {

/// Threads: any. New connections get the identity that is current when they come; old ones keep theirs.
class TlsListener {
 public:
  /// `transport_security`: the max-age of Strict-Transport-Security on its answers; zero: none.
  explicit TlsListener(std::shared_ptr<const TlsIdentity> first, std::chrono::seconds transport_security = std::chrono::seconds(31'536'000))
      : current_(std::move(first)), transport_security_(transport_security) {}

  void replace(std::shared_ptr<const TlsIdentity> next) { current_.store(std::move(next)); }
  std::shared_ptr<const TlsIdentity> current() const { return current_.load(); }
  std::chrono::seconds transport_security() const { return transport_security_; }

 private:
  std::atomic<std::shared_ptr<const TlsIdentity>> current_;
  const std::chrono::seconds transport_security_;
};

}  // namespace engine::net
