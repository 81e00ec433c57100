#include "engine/crypto/aead.h"

#include <openssl/evp.h>

#include <cassert>
#include <cstdio>
#include <cstdlib>

#include "engine/base/byte_cursor.h"
#include "engine/base/text_codec.h"
#include "engine/crypto/openssl_ptr.h"

namespace engine::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32, kNonceBytes = 12, kTagBytes = 16;
constexpr unsigned char kVersion = 1;

// A secret that cannot be sealed must not be stored otherwise.
void must(bool ok) {
  if (ok) return;
  std::fputs("AES-256-GCM is not available in this OpenSSL\n", stderr);
  std::abort();
}

using Context = OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Result<AeadKey> aead_key(std::string_view hex) {
  auto key = from_hex(hex);
  if (!key || key->size() != kKeyBytes) return fail(Errc::kMalformed, "a key is 64 hexadecimal digits");
  return AeadKey(std::move(*key));
}

Secret new_aead_key_text(Random& random) {
  std::array<unsigned char, kKeyBytes> key{};
  random.fill(key);
  return Secret(to_hex({reinterpret_cast<const char*>(key.data()), key.size()}));
}

std::string seal(const AeadKey& key, std::string_view context, std::string_view plain, Random& random) {
  assert(key.reveal().size() == kKeyBytes);
  std::array<unsigned char, kNonceBytes> nonce{};
  random.fill(nonce);
  std::string sealed(1 + kNonceBytes + plain.size() + kTagBytes, '\0');
  sealed[0] = static_cast<char>(kVersion);
  std::copy(nonce.begin(), nonce.end(), sealed.begin() + 1);
  const Context cipher(EVP_CIPHER_CTX_new());
  must(cipher != nullptr && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()), nonce.data()) == 1);
  int written = 0;
  must(EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes(context), static_cast<int>(context.size())) == 1);
  must(EVP_EncryptUpdate(cipher.get(), bytes(sealed) + 1 + kNonceBytes, &written, bytes(plain), static_cast<int>(plain.size())) == 1);
  must(EVP_EncryptFinal_ex(cipher.get(), bytes(sealed) + 1 + kNonceBytes + plain.size(), &written) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, bytes(sealed) + 1 + kNonceBytes + plain.size()) == 1);
  return sealed;
}

Result<Secret> unseal(const AeadKey& key, std::string_view context, std::string_view sealed) {
  assert(key.reveal().size() == kKeyBytes);
  ByteCursor in(sealed);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return fail(Errc::kUnsupported, "sealed secret: version " + std::to_string(version));
  const auto nonce = in.take(kNonceBytes);
  if (!in.ok() || version != kVersion || in.remaining() < kTagBytes) return fail(Errc::kMalformed, "sealed secret: not one");
  const auto hidden = in.take(in.remaining() - kTagBytes);
  std::string tag(in.rest());
  std::string plain(hidden.size(), '\0');
  const Context cipher(EVP_CIPHER_CTX_new());
  must(cipher != nullptr && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()), bytes(nonce)) == 1);
  int written = 0;
  must(EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes(context), static_cast<int>(context.size())) == 1);
  must(EVP_DecryptUpdate(cipher.get(), bytes(plain), &written, bytes(hidden), static_cast<int>(hidden.size())) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  std::string rest(kTagBytes, '\0');
  if (EVP_DecryptFinal_ex(cipher.get(), bytes(rest), &written) != 1) {
    return fail(Errc::kMalformed, "sealed secret: another key, another place, or altered");
  }
  return Secret(std::move(plain));
}

}  // namespace engine::crypto
