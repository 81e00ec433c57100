#pragma once
// Who a TLS listener says it is, and whom it asks for a certificate: PEM texts in, a checked OpenSSL context out.

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/utc.h"

struct ssl_ctx_st;

namespace engine::net {

/// Texts, not files, so that what was checked is what is used. The names (of the files, usually) are for error messages.
struct TlsMaterial {
  std::string chain;      ///< the server's certificate, then its issuers
  Secret key;             ///< PEM without a password
  std::string client_ca;  ///< not empty: every client must show a certificate that one of these has issued
  std::string chain_name = "certificate";
  std::string key_name = "key";
  std::string client_ca_name = "client CA";
};

struct CertificateFacts {
  std::string subject;      ///< of the first, RFC 2253
  WallTime not_before{};    ///< the latest of the chain
  WallTime not_after{};     ///< the earliest of the chain: from then on clients refuse it
  std::size_t count = 0;
};
/// kMalformed: names what is wrong with `name`.
Result<CertificateFacts> inspect_certificates(const std::string& pem, const std::string& name);

/// Gives `context` the certificate chain and key of `material`, which the side that uses it shows. kMalformed as TlsIdentity::make().
Result<void> present_identity(ssl_ctx_st* context, const TlsMaterial& material);

/// Immutable. TLS 1.2 and 1.3, forward secrecy and authenticated encryption only, no renegotiation, no compression, no session resumption (so there are
/// no ticket keys to rotate), ALPN "http/1.1": a client that offers only other protocols is refused (RFC 7301 section 3.2).
/// Threads: any.
class TlsIdentity {
 public:
  /// kMalformed: the detail starts with the name of the part at fault: unreadable, encrypted, too weak, or a key that does not belong to the certificate.
  /// Whether the certificate is valid at this time is the caller's question to facts().
  static Result<std::shared_ptr<const TlsIdentity>> make(const TlsMaterial& material);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  const CertificateFacts& facts() const { return facts_; }
  ssl_ctx_st* context() const { return context_; }

 private:
  explicit TlsIdentity(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
  CertificateFacts facts_;
};

}  // namespace engine::net
