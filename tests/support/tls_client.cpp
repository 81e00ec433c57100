#include "tests/support/tls_client.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <asio/ssl.hpp>

namespace test {
namespace {

int version_number(const std::string& name) { return name == "1.1" ? TLS1_1_VERSION : name == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION; }

}  // namespace

struct TlsClient::Parts {
  explicit Parts(asio::io_context& s) : server(s) {}
  asio::io_context& server;
  asio::io_context own;
  asio::ip::tcp::socket socket{own};
  asio::ssl::context context{asio::ssl::context::tls_client};
  SSL* ssl = nullptr;
  BIO* incoming = nullptr;  // both are the SSL's
  BIO* outgoing = nullptr;
  std::string unsent;
  bool tcp_over = false;
  ~Parts() { SSL_free(ssl); }
};

TlsClient::TlsClient(asio::io_context& server, std::uint16_t port, const TlsWishes& wishes) : parts_(std::make_unique<Parts>(server)) {
  auto* context = parts_->context.native_handle();
  SSL_CTX_set_security_level(context, 0);  // a client may be as careless as it likes
  if (!wishes.version.empty()) {
    SSL_CTX_set_min_proto_version(context, version_number(wishes.version));
    SSL_CTX_set_max_proto_version(context, version_number(wishes.version));
  }
  if (!wishes.authority.empty()) {
    parts_->context.add_certificate_authority(asio::buffer(wishes.authority));
    parts_->context.set_verify_mode(asio::ssl::verify_peer);
  }
  if (!wishes.certificate.empty()) {
    parts_->context.use_certificate(asio::buffer(wishes.certificate), asio::ssl::context::pem);
    parts_->context.use_private_key(asio::buffer(wishes.key), asio::ssl::context::pem);
  }
  parts_->ssl = SSL_new(context);
  parts_->incoming = BIO_new(BIO_s_mem());
  parts_->outgoing = BIO_new(BIO_s_mem());
  SSL_set_bio(parts_->ssl, parts_->incoming, parts_->outgoing);
  SSL_set_connect_state(parts_->ssl);
  if (wishes.now != 0) X509_VERIFY_PARAM_set_time(SSL_get0_param(parts_->ssl), wishes.now);
  std::string offered;
  for (const auto& protocol : wishes.protocols) offered.append(1, static_cast<char>(protocol.size())).append(protocol);
  if (!offered.empty()) SSL_set_alpn_protos(parts_->ssl, reinterpret_cast<const unsigned char*>(offered.data()), static_cast<unsigned>(offered.size()));
  parts_->socket.connect({asio::ip::address_v4::loopback(), port});
  parts_->socket.non_blocking(true);
}

TlsClient::~TlsClient() = default;

// Encrypted bytes both ways, as far as they go; the server's loop turns in between.
void TlsClient::exchange() {
  char block[65536];
  for (int n; (n = BIO_read(parts_->outgoing, block, sizeof block)) > 0;) parts_->unsent.append(block, static_cast<std::size_t>(n));
  asio::error_code failed;
  if (!parts_->unsent.empty()) parts_->unsent.erase(0, parts_->socket.write_some(asio::buffer(parts_->unsent), failed));
  parts_->server.restart();
  parts_->server.poll();
  const auto n = parts_->socket.read_some(asio::buffer(block), failed);
  if (n > 0) BIO_write(parts_->incoming, block, static_cast<int>(n));
  parts_->tcp_over = parts_->tcp_over || (failed && failed != asio::error::would_block);
}

void TlsClient::look() {
  exchange();
  char block[65536];
  for (;;) {
    ERR_clear_error();
    const int n = SSL_read(parts_->ssl, block, sizeof block);
    if (n > 0) {
      received.append(block, static_cast<std::size_t>(n));
      continue;
    }
    const int why = SSL_get_error(parts_->ssl, n);
    goodbye = goodbye || why == SSL_ERROR_ZERO_RETURN;
    closed = closed || (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) || parts_->tcp_over;
    return;
  }
}

bool TlsClient::shake_hands() {
  while (!closed) {
    ERR_clear_error();
    const int n = SSL_connect(parts_->ssl);
    if (n == 1) break;
    closed = SSL_get_error(parts_->ssl, n) != SSL_ERROR_WANT_READ || parts_->tcp_over;
    exchange();
  }
  // With TLS 1.3 this side is done first: what the server thinks of it comes behind.
  for (int i = 0; i < 20 && !closed; ++i) look();
  return !closed;
}

void TlsClient::send(std::string_view text) {
  while (!text.empty() && !closed) {
    ERR_clear_error();
    const int n = SSL_write(parts_->ssl, text.data(), static_cast<int>(std::min<std::size_t>(text.size(), 16384)));
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    do {
      look();
    } while (!parts_->unsent.empty() && !closed);
  }
}

const std::string& TlsClient::until(std::string_view text) {
  return wait([&] { return received.find(text) != std::string::npos; });
}
const std::string& TlsClient::until_closed() {
  return wait([] { return false; });
}

void TlsClient::say_goodbye() {
  SSL_shutdown(parts_->ssl);
  exchange();
}

void TlsClient::cut() {
  parts_->socket.close();
  closed = true;
}

bool TlsClient::ask_to_renegotiate() {
  if (SSL_renegotiate(parts_->ssl) != 1) return false;
  SSL_do_handshake(parts_->ssl);
  for (int i = 0; i < 20 && !closed; ++i) look();
  return !closed;
}

std::string TlsClient::protocol_version() const { return SSL_get_version(parts_->ssl); }

std::string TlsClient::application_protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(parts_->ssl, &name, &size);
  return std::string(reinterpret_cast<const char*>(name), size);
}

std::string TlsClient::cipher() const { return SSL_get_cipher_name(parts_->ssl); }

std::string TlsClient::server_certificate() const {
  X509* certificate = SSL_get0_peer_certificate(parts_->ssl);
  if (!certificate) return {};
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

bool TlsClient::may_resume() const { return SSL_SESSION_is_resumable(SSL_get0_session(parts_->ssl)) == 1; }

}  // namespace test
