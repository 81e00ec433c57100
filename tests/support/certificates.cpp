#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cctype>

#include "engine/crypto/openssl_ptr.h"

namespace test {
namespace {

using Certificate = engine::crypto::OpensslPtr<X509, X509_free>;
using Key = engine::crypto::OpensslPtr<EVP_PKEY, EVP_PKEY_free>;
using Bio = engine::crypto::OpensslPtr<BIO, BIO_free_all>;

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio);
}

std::string pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio);
}

void add(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// `issuer` may be nullptr: it signs itself.
Certificate make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, bool authority, Validity validity) {
  static std::uint64_t serial = 0;
  Certificate made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), static_cast<std::time_t>(engine::unix_seconds(validity.from)));
  ASN1_TIME_set(X509_getm_notAfter(made.get()), static_cast<std::time_t>(engine::unix_seconds(validity.until)));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer ? issuer : made.get()));
  X509_set_pubkey(made.get(), key);
  add(made.get(), NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!authority) add(made.get(), NID_subject_alt_name, (std::isdigit(static_cast<unsigned char>(name[0])) ? "IP:" : "DNS:") + name);
  X509_sign(made.get(), issuer_key, EVP_sha256());
  return made;
}

}  // namespace

struct TestAuthority::Parts {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate;
  std::string text;
};

TestAuthority::TestAuthority(const std::string& name) : parts_(std::make_unique<Parts>()) {
  parts_->certificate = make(name, parts_->key.get(), nullptr, parts_->key.get(), true, {});
  parts_->text = pem(parts_->certificate.get());
}
TestAuthority::~TestAuthority() = default;

Issued TestAuthority::issue(const std::string& name, Validity validity) const {
  const Key key(EVP_EC_gen("P-256"));
  const auto made = make(name, key.get(), parts_->certificate.get(), parts_->key.get(), false, validity);
  return {pem(made.get()), pem(key.get())};
}

const std::string& TestAuthority::certificate() const { return parts_->text; }

Issued self_signed_rsa(const std::string& name, unsigned bits) {
  const Key key(EVP_RSA_gen(bits));
  const auto made = make(name, key.get(), nullptr, key.get(), false, {});
  return {pem(made.get()), pem(key.get())};
}

std::string encrypted(const std::string& key_pem, const std::string& password) {
  const Bio in(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(), reinterpret_cast<const unsigned char*>(password.data()), static_cast<int>(password.size()),
                           nullptr, nullptr);
  return text_of(out);
}

}  // namespace test
