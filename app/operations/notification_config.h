#pragma once
// Who is told what, and how it gets there (contract craft-agents-governance 6.5).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/secret.h"

namespace app::operations {

enum class SmtpTls : std::uint8_t {
  kOff,       ///< plain: for a relay on this machine
  kStartTls,  ///< must be offered by the server, and its certificate is checked
  kImplicit,  ///< TLS from the first byte, usually port 465; the certificate is checked
};

struct SmtpConfig {
  std::string host;  ///< empty: no e-mail
  std::uint16_t port = 587;
  SmtpTls tls = SmtpTls::kStartTls;
  std::string ca_file;  ///< PEM; empty: the system's store
  std::string user;     ///< empty: no login
  engine::Secret password;
  std::string from;  ///< the sender's address
};

struct NotificationConfig {
  bool enabled = false;
  std::vector<std::string> recipients;  ///< addresses; normal_recipients() of what was written
  bool approval_requested = true, approval_decided = true, execution_failed = true, webhook_dlq_failed = true, status_changed = true;
  SmtpConfig smtp;
  std::string webhook_url;  ///< empty: no webhook
  engine::Secret webhook_secret;
  bool webhook_allow_private = false;
  std::string console_url;  ///< shown in messages; empty: left out

  bool by_email() const { return !smtp.host.empty(); }
  bool by_webhook() const { return !webhook_url.empty() && !webhook_secret.empty(); }
};

/// An address one may send to: one '@' with something on both sides, no white space or control characters, at most 254 bytes.
bool is_address(std::string_view text);
/// Lower case, each once, in order; split at ';', ',' and line ends. What is no address is left out.
std::vector<std::string> normal_recipients(const std::vector<std::string>& texts);

}  // namespace app::operations
