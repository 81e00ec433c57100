#pragma once
// A TLS client for a server whose loop the test turns itself.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/runtime/asio.h"

namespace test {

struct TlsWishes {
  std::string authority;               ///< PEM of whom it trusts; empty: it does not verify
  std::string certificate, key;        ///< of its own, PEM; empty: none
  std::vector<std::string> protocols;  ///< ALPN; empty: not offered
  std::string version;                 ///< "1.1", "1.2" or "1.3" only; empty: 1.2 and 1.3
  std::time_t now = 0;                 ///< judges the server's certificate; 0: the machine's clock
};

/// Never blocks: the test is the only thread. What could hang a test ends with `closed`.
class TlsClient {
 public:
  TlsClient(asio::io_context& server, std::uint16_t port, const TlsWishes& wishes = {});
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;

  /// Turns the loop until both sides are done, or one refuses.
  bool shake_hands();
  void send(std::string_view text);
  /// Turns the loop until `text` was received or the connection is over.
  const std::string& until(std::string_view text);
  const std::string& until_closed();
  template <class Enough>
  const std::string& wait(Enough enough) {
    while (!enough() && !closed) look();
    return received;
  }
  void look();
  /// Says that nothing more comes, and keeps reading.
  void say_goodbye();
  /// Cuts the connection.
  void cut();
  /// TLS 1.2: asks for new keys in the middle.
  bool ask_to_renegotiate();

  std::string protocol_version() const;   ///< "TLSv1.3"
  std::string application_protocol() const;
  std::string cipher() const;
  std::string server_certificate() const; ///< PEM
  bool may_resume() const;                ///< the server gave a ticket or a session id

  std::string received;
  bool closed = false;    ///< nothing more will come
  bool goodbye = false;   ///< and the server said so

 private:
  struct Parts;
  void exchange();
  std::unique_ptr<Parts> parts_;
};

}  // namespace test
