#include "app/operations_config.h"

#include "engine/net/transport.h"
#include "engine/net/validation.h"

namespace app {

namespace {

constexpr std::int64_t kMostDays = 36'500;

void read_metadata(TableReader& lifecycle, operations::MetadataMap& map) {
  lifecycle.each_table("metadata", [&map](TableReader& table) {
    std::string handle;
    operations::CredentialMetadata metadata;
    table.read("handle", handle);
    table.read("owner", metadata.owner);
    table.read("use_case", metadata.use_case);
    table.read("environment", metadata.environment);
    if (handle.empty())
      table.problem("handle", "is needed: the credential these facts belong to");
    else if (!map.emplace(engine::net::ascii_lower(handle), std::move(metadata)).second)
      table.problem("handle", "stands here twice");
  });
}

void read_smtp(TableReader table, operations::SmtpConfig& smtp, const SecretReader& secret) {
  if (!table.present()) return;
  table.read("host", smtp.host);
  std::string tls = "starttls";
  table.read("tls", tls);
  if (tls == "off")
    smtp.tls = operations::SmtpTls::kOff;
  else if (tls == "implicit")
    smtp.tls = operations::SmtpTls::kImplicit;
  else if (tls != "starttls")
    table.problem("tls", "expected off, starttls or implicit");
  if (smtp.tls == operations::SmtpTls::kImplicit) smtp.port = 465;
  table.read("port", smtp.port, 1, 65535);
  table.read("tls_ca", smtp.ca_file);
  table.read("user", smtp.user);
  smtp.password = secret(table, "password");
  table.read("from", smtp.from);
  if (smtp.host.empty() || smtp.host.find_first_of("/@ \t\r\n") != std::string::npos)
    table.problem("host", "is needed: the name or address of the mail server, nothing else");
  if (!operations::is_address(smtp.from)) table.problem("from", "is needed: the sender's address");
  if (!smtp.user.empty() && smtp.password.empty()) table.problem("password", "is needed beside user");
  if (!smtp.user.empty() && smtp.tls == operations::SmtpTls::kOff)
    table.problem("tls", "off would send the password in the clear; use starttls or implicit, or no user");
  table.finish();
}

}  // namespace

void read_operations(TableReader table, OperationsSettings& settings) {
  table.read("lag_warn_seconds", settings.lag.warn, 0, operations::kLongestLagThreshold);
  table.read("lag_critical_seconds", settings.lag.critical, 1, operations::kLongestLagThreshold);
  if (table.has("lag_critical_seconds") && settings.lag.critical <= settings.lag.warn)
    table.problem("lag_critical_seconds", "must be more than lag_warn_seconds");
  settings.lag = operations::corrected(settings.lag);
  auto lifecycle = table.table("lifecycle");
  auto& days = settings.lifecycle;
  lifecycle.read("stale_unused_warn_days", days.stale_unused_warn, 1, kMostDays);
  lifecycle.read("stale_unused_critical_days", days.stale_unused_critical, 1, kMostDays);
  lifecycle.read("stale_never_used_warn_days", days.stale_never_used_warn, 1, kMostDays);
  lifecycle.read("stale_never_used_critical_days", days.stale_never_used_critical, 1, kMostDays);
  lifecycle.read("rotation_warn_days", days.rotation_warn, 1, kMostDays);
  lifecycle.read("rotation_critical_days", days.rotation_critical, 1, kMostDays);
  read_metadata(lifecycle, settings.metadata);
  lifecycle.finish();
  table.finish();
}

void read_notifications(TableReader table, operations::NotificationConfig& config, const SecretReader& secret) {
  if (!table.present()) return;
  table.read("enabled", config.enabled);
  std::vector<std::string> recipients;
  table.read("recipients", recipients);
  for (const auto& one : recipients) {
    if (!operations::is_address(one)) table.problem("recipients", "\"" + one + "\" is no e-mail address");
  }
  config.recipients = operations::normal_recipients(recipients);
  table.read("approval_requested", config.approval_requested);
  table.read("approval_decided", config.approval_decided);
  table.read("execution_failed", config.execution_failed);
  table.read("webhook_dlq_failed", config.webhook_dlq_failed);
  table.read("status_changed", config.status_changed);
  table.read("console_url", config.console_url);
  table.read("webhook_url", config.webhook_url);
  config.webhook_secret = secret(table, "webhook_secret");
  table.read("webhook_allow_private", config.webhook_allow_private);
  read_smtp(table.table("smtp"), config.smtp, secret);
  if (!config.webhook_url.empty()) {
    if (auto url = engine::net::parse_url(config.webhook_url); !url) table.problem("webhook_url", url.error().detail);
    if (config.webhook_secret.empty()) table.problem("webhook_secret", "is needed beside webhook_url: notifications are signed");
  }
  if (config.enabled && !config.by_webhook() && (!config.by_email() || config.recipients.empty())) {
    table.problem("enabled", "nobody would be told: give recipients and [notifications.smtp], or webhook_url and webhook_secret");
  }
  table.finish();
}

}  // namespace app
