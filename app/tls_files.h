#pragma once
// The certificate and key of the listener as files that may be replaced while it serves.

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>

#include "engine/net/tls_listener.h"
#include "engine/runtime/timers.h"
#include "engine/telemetry/incidents.h"

namespace app {

struct TlsConfig {
  std::filesystem::path certificate;  ///< PEM: the server's certificate, then its issuers; empty: no TLS
  std::filesystem::path key;
  std::filesystem::path client_ca;    ///< empty: clients need no certificate
  std::chrono::seconds transport_security{31'536'000};  ///< Strict-Transport-Security's max-age; zero: the header is not sent

  bool configured() const { return !certificate.empty(); }
};

/// How long before its end a certificate is spoken about.
inline constexpr auto kExpiryNotice = std::chrono::days(14);

/// Blocking. kNotFound: a file cannot be read, or is larger than 1 MiB; the detail names it.
engine::Result<engine::net::TlsMaterial> read_tls_files(const TlsConfig& config);

/// Looks at the files once a minute and on request. Files that changed and are good replace what is served; files that are not (unreadable, a key
/// of another certificate, expired, not yet valid) are refused: what was served goes on. Either, and a certificate that expires within 14 days
/// or has expired, is the incident `tls_certificate`: a warning, and critical once clients must refuse what is served.
/// Threads: belongs to one loop; listener() may be used by all. Outlives its coroutines, which leave with their loop.
class TlsFiles {
 public:
  /// Blocking. kNotFound, kMalformed: the detail names the file. A certificate that is not valid now is an incident, not an error: the service can
  /// be reached by who knows what he does, and is ready for the new file.
  static engine::Result<std::unique_ptr<TlsFiles>> open(TlsConfig config, engine::Timers& timers, engine::telemetry::IncidentSink& incidents,
                                                        asio::any_io_executor blocking);

  std::shared_ptr<const engine::net::TlsListener> listener() const { return listener_; }
  /// Looks every minute. Ends with its loop.
  engine::Task<void> watch();
  /// Looks now. What was refused before is refused again in so many words.
  engine::Task<void> reload();

 private:
  using Fingerprint = std::array<unsigned char, 32>;
  struct Reading {
    std::optional<Fingerprint> fingerprint;  // none: not readable
    std::shared_ptr<const engine::net::TlsIdentity> identity;
    std::string refused;                     // why there is no identity
  };
  TlsFiles(TlsConfig config, engine::Timers& timers, engine::telemetry::IncidentSink& incidents, asio::any_io_executor blocking);
  static Reading read(const TlsConfig& config, const std::optional<Fingerprint>& known);
  engine::Task<void> look(bool asked);
  void take(Reading reading, bool asked);
  void refuse(std::string why, bool again);
  void report();

  const TlsConfig config_;
  engine::Timers& timers_;
  engine::telemetry::IncidentSink& incidents_;
  asio::any_io_executor blocking_;
  std::shared_ptr<engine::net::TlsListener> listener_;
  Fingerprint served_{};
  std::string refused_;   // why the files as they are do not serve; empty: they do
  bool looking_ = false;
  bool look_again_ = false;
};

}  // namespace app
