#pragma once
// Hands a message to a mail server (RFC 5321), by libcurl.

#include <atomic>
#include <chrono>
#include <string>

#include "app/operations/notification_config.h"
#include "engine/base/result.h"

namespace app::operations {

struct SmtpLimits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds total{60'000};  ///< of one message
};

/// Threads: any; send() at once from several is several connections. Blocking: send(), up to SmtpLimits::total.
class SmtpMailer {
 public:
  explicit SmtpMailer(SmtpConfig config, SmtpLimits limits = {});

  /// One connection, one message to one recipient. With kStartTls and kImplicit nothing is sent before the server's certificate is checked.
  /// kUnavailable: unreachable, or a temporary refusal; kDenied: TLS, login or the server's final refusal; kTimedOut; kCancelled: after stop().
  /// `detail` holds libcurl's words and the server's code, never the password.
  engine::Result<void> send(const std::string& from, const std::string& to, const std::string& message) const;
  /// Ends what is under way and refuses what comes.
  void stop() { stopped_.store(true); }

 private:
  const SmtpConfig config_;
  const SmtpLimits limits_;
  std::atomic<bool> stopped_{false};
};

}  // namespace app::operations
