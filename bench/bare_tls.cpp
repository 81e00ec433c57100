#include "bench/bare_tls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "bench/harness.h"

namespace bench {
namespace {

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  ERR_print_errors_fp(stderr);
  std::fflush(nullptr);
  _exit(1);
}

void need(bool good, const char* what) {
  if (!good) give_up(what);
}

// A connection whose handshake is done, from then on without blocking.
struct Connection {
  SSL* ssl = nullptr;
  std::string in;
};

Connection connection(SSL_CTX* context, int fd, bool server) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Connection made{SSL_new(context), {}};
  need(made.ssl && SSL_set_fd(made.ssl, fd) == 1, "SSL_new");
  need((server ? SSL_accept(made.ssl) : SSL_connect(made.ssl)) == 1, "handshake");
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return made;
}

void watch(int epoll, int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

// Reads what is there; false at the end.
bool fill(Connection& one) {
  char block[16384];
  for (;;) {
    const int n = SSL_read(one.ssl, block, sizeof block);
    if (n > 0) {
      one.in.append(block, static_cast<std::size_t>(n));
      if (SSL_pending(one.ssl) == 0) return true;
    } else {
      return SSL_get_error(one.ssl, n) == SSL_ERROR_WANT_READ;
    }
  }
}

SSL_CTX* client_context(const SelfSigned& authority) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  need(SSL_CTX_load_verify_locations(context, authority.certificate().c_str(), nullptr) == 1, "authority");
  return context;
}

void send_all(Connection& one, std::string_view bytes) { need(SSL_write(one.ssl, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()), "SSL_write"); }

}  // namespace

SelfSigned::SelfSigned() {
  auto pattern = (std::filesystem::temp_directory_path() / "millrace-bench-XXXXXX").string();
  need(mkdtemp(pattern.data()), "no temporary directory");
  directory_ = pattern;
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  need(key && certificate, "key and certificate");
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
  X509_set_pubkey(certificate, key);
  auto* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("bench"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  for (const auto& [nid, value] : {std::pair{NID_subject_alt_name, "IP:127.0.0.1"}, std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  need(X509_sign(certificate, key, EVP_sha256()) > 0, "X509_sign");
  FILE* file = std::fopen(this->certificate().c_str(), "w");
  need(file && PEM_write_X509(file, certificate) == 1, "certificate.pem");
  std::fclose(file);
  file = std::fopen(this->key().c_str(), "w");
  need(file && PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "key.pem");
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

SelfSigned::~SelfSigned() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void serve_bare_tls(int listen_fd, const SelfSigned& identity, const std::function<std::string_view(std::string_view request)>& answer, Wait wait) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  need(SSL_CTX_use_certificate_file(context, identity.certificate().c_str(), SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_use_PrivateKey_file(context, identity.key().c_str(), SSL_FILETYPE_PEM) == 1,
       "server certificate");
  const int epoll = epoll_create1(0);
  watch(epoll, listen_fd, ~0ull);
  std::vector<Connection> connections;
  for (epoll_event events[64];;) {
    const int n = epoll_wait(epoll, events, 64, wait == Wait::kSpin ? 0 : -1);
    for (int i = 0; i < n; ++i) {
      if (events[i].data.u64 == ~0ull) {
        const int fd = accept(listen_fd, nullptr, nullptr);
        connections.push_back(connection(context, fd, true));
        watch(epoll, fd, connections.size() - 1);
        continue;
      }
      auto& one = connections[events[i].data.u64];
      if (!fill(one)) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, SSL_get_fd(one.ssl), nullptr);
        close(SSL_get_fd(one.ssl));
        SSL_free(one.ssl);
        continue;
      }
      while (const auto size = message_size(one.in)) {
        send_all(one, answer(std::string_view(one.in).substr(0, size)));
        one.in.erase(0, size);
      }
    }
  }
}

std::size_t exchange_bare_tls(std::uint16_t port, const SelfSigned& authority, std::string_view request, std::size_t count, std::size_t connections) {
  SSL_CTX* context = client_context(authority);
  const int epoll = epoll_create1(0);
  std::vector<Connection> all;
  for (std::size_t i = 0; i < connections; ++i) {
    const int fd = connect_loopback(port);
    all.push_back(connection(context, fd, false));
    watch(epoll, fd, i);
  }
  std::size_t sent = 0, done = 0, bytes = 0;
  for (; sent < connections && sent < count; ++sent) send_all(all[sent], request);
  while (done < count) {
    epoll_event events[64];
    const int n = epoll_wait(epoll, events, 64, 10'000);
    need(n > 0, "no answer in time");
    for (int i = 0; i < n; ++i) {
      auto& one = all[events[i].data.u64];
      need(fill(one), "the peer ended");
      while (const auto size = message_size(one.in)) {
        need(std::string_view(one.in).starts_with("HTTP/1.1 200"), "another answer than 200");
        one.in.erase(0, size);
        bytes += size;
        if (++done < count && sent < count) {
          send_all(one, request);
          ++sent;
        }
      }
    }
  }
  for (auto& one : all) {
    close(SSL_get_fd(one.ssl));
    SSL_free(one.ssl);
  }
  close(epoll);
  SSL_CTX_free(context);
  return bytes;
}

double idle_bare_tls_memory(std::uint16_t port, const SelfSigned& authority, std::string_view request, std::size_t count) {
  SSL_CTX* context = client_context(authority);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  std::vector<Connection> all;
  const auto open_until = [&](std::size_t wanted) {
    while (all.size() < wanted) {
      auto& one = all.emplace_back(connection(context, connect_loopback(port), false));
      send_all(one, request);
      while (!message_size(one.in)) need(fill(one), "the peer ended");
      one.in = {};
    }
  };
  open_until(kWarmTlsConnections);
  const double before = anonymous_memory();
  open_until(kWarmTlsConnections + count);
  return (anonymous_memory() - before) / double(count);  // the process ends with them
}

}  // namespace bench
