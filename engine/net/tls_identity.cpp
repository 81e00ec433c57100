#include "engine/net/tls_identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/crypto/openssl_ptr.h"

namespace engine::net {
namespace {

// TLS 1.2: ephemeral keys and authenticated encryption only. What TLS 1.3 offers is good as it comes.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr int kSecurityLevel = 2;  // 112 bits: RSA from 2,048
constexpr std::size_t kMaxCertificates = 100;

using BioPtr = crypto::OpensslPtr<BIO, BIO_free_all>;
using CertificatePtr = crypto::OpensslPtr<X509, X509_free>;
using KeyPtr = crypto::OpensslPtr<EVP_PKEY, EVP_PKEY_free>;

BioPtr reader(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// There is nobody to ask. The default callback would ask the terminal.
int no_password(char*, int, int, void* asked) {
  if (asked) *static_cast<bool*>(asked) = true;
  return -1;
}

std::string openssl_reason() {
  const auto* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text ? text : "refused";
}

tl::unexpected<Error> wrong(const std::string& name, const std::string& what) { return fail(Errc::kMalformed, name + ": " + what); }

Result<std::vector<CertificatePtr>> read_certificates(const std::string& pem, const std::string& name) {
  std::vector<CertificatePtr> all;
  const auto bio = reader(pem);
  ERR_clear_error();
  while (auto* one = bio ? PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr) : nullptr) {
    all.emplace_back(one);
    if (all.size() > kMaxCertificates) return wrong(name, "more than " + std::to_string(kMaxCertificates) + " certificates");
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const auto why = openssl_reason();
  if (!at_end) return wrong(name, "a certificate is unreadable: " + why);
  if (all.empty()) return wrong(name, "holds no certificate in PEM form");
  return all;
}

Result<KeyPtr> read_key(const TlsMaterial& material) {
  bool encrypted = false;
  const auto bio = reader(material.key.reveal());
  ERR_clear_error();
  KeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &encrypted) : nullptr);
  ERR_clear_error();
  if (encrypted) return wrong(material.key_name, "the key has a password; store it without one, readable by the service's user only");
  if (!key) return wrong(material.key_name, "holds no private key in PEM form");
  return key;
}

WallTime instant(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  const auto day = std::chrono::year(parts.tm_year + 1900) / (parts.tm_mon + 1) / parts.tm_mday;
  return std::chrono::sys_days(day) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

std::string subject_of(const X509* certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out) return {};
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

CertificateFacts facts_of(const std::vector<CertificatePtr>& chain) {
  CertificateFacts facts;
  facts.subject = subject_of(chain.front().get());
  facts.count = chain.size();
  facts.not_before = instant(X509_get0_notBefore(chain.front().get()));
  facts.not_after = instant(X509_get0_notAfter(chain.front().get()));
  for (const auto& one : chain) {
    facts.not_before = std::max(facts.not_before, instant(X509_get0_notBefore(one.get())));
    facts.not_after = std::min(facts.not_after, instant(X509_get0_notAfter(one.get())));
  }
  return facts;
}

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered, unsigned int size, void*) {
  static constexpr std::string_view kHttp = "http/1.1";
  for (unsigned int at = 0; at < size && offered[at] < size - at; at += 1u + offered[at]) {
    if (std::string_view(reinterpret_cast<const char*>(offered) + at + 1, offered[at]) != kHttp) continue;
    *out = offered + at + 1;
    *out_size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool harden(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);  // HTTP's framing tells an early end
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  return SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kCiphers) == 1 && SSL_CTX_set1_groups_list(context, kGroups) == 1;
}

Result<void> use_chain(SSL_CTX* context, const std::vector<CertificatePtr>& chain, const TlsMaterial& material) {
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) return wrong(material.chain_name, openssl_reason());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) return wrong(material.chain_name, "an issuer is refused: " + openssl_reason());
  }
  auto key = read_key(material);
  if (!key) return key.take_error();
  const bool match = X509_check_private_key(chain.front().get(), key->get()) == 1;
  ERR_clear_error();
  if (!match) return wrong(material.key_name, "the key does not belong to the certificate in " + material.chain_name);
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1) return wrong(material.key_name, openssl_reason());
  return ok();
}

Result<void> require_clients(SSL_CTX* context, const TlsMaterial& material) {
  auto authorities = read_certificates(material.client_ca, material.client_ca_name);
  if (!authorities) return authorities.take_error();
  auto* store = SSL_CTX_get_cert_store(context);
  for (const auto& one : *authorities) {
    if (X509_STORE_add_cert(store, one.get()) != 1 || SSL_CTX_add_client_CA(context, one.get()) != 1) return wrong(material.client_ca_name, openssl_reason());
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return ok();
}

}  // namespace

Result<CertificateFacts> inspect_certificates(const std::string& pem, const std::string& name) {
  auto chain = read_certificates(pem, name);
  if (!chain) return chain.take_error();
  return facts_of(*chain);
}

Result<void> present_identity(ssl_ctx_st* context, const TlsMaterial& material) {
  auto chain = read_certificates(material.chain, material.chain_name);
  if (!chain) return chain.take_error();
  return use_chain(context, *chain, material);
}

TlsIdentity::~TlsIdentity() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsIdentity>> TlsIdentity::make(const TlsMaterial& material) {
  auto chain = read_certificates(material.chain, material.chain_name);
  if (!chain) return chain.take_error();
  auto* context = SSL_CTX_new(TLS_server_method());
  if (!context) return fail(Errc::kUnavailable, "tls: " + openssl_reason());
  const std::shared_ptr<TlsIdentity> identity(new TlsIdentity(context));
  if (!harden(context)) return fail(Errc::kUnsupported, "tls: " + openssl_reason());
  if (auto used = use_chain(context, *chain, material); !used) return used.take_error();
  if (!material.client_ca.empty()) {
    if (auto required = require_clients(context, material); !required) return required.take_error();
  }
  identity->facts_ = facts_of(*chain);
  return std::shared_ptr<const TlsIdentity>(identity);
}

}  // namespace engine::net
