#include "app/operations/metrics_report.h"

namespace app::operations {

using trust::TrafficEvent;

std::vector<Metric> metric_series(const MetricsInput& input) {
  constexpr std::string_view kCounter = "counter", kGauge = "gauge";
  const auto median = static_cast<std::uint64_t>(input.adoption.median_seconds.value_or(0));
  return {
      {"agents_auth_failures_total", kCounter, "requests", "Requests refused because no live credential was presented (401).",
       input.totals[TrafficEvent::kAuthFailure]},
      {"agents_forbidden_total", kCounter, "requests", "Requests refused because the credential lacks a scope (403).", input.totals[TrafficEvent::kForbidden]},
      {"agents_rate_limit_exceeded_total", kCounter, "requests", "Requests refused because they came too fast (429).",
       input.totals[TrafficEvent::kRateLimited]},
      {"agents_requests_total", kCounter, "requests", "Requests for a route of this API while the service was on.", input.totals[TrafficEvent::kRequest]},
      {"agents_errors_5xx_total", kCounter, "responses", "Error answers of 500 and above.", input.totals[TrafficEvent::kServerError]},
      {"agents_rate_limit_per_minute", kGauge, "requests_per_minute", "Requests allowed in one window.", input.rate.requests},
      {"agents_rate_limit_window_seconds", kGauge, "seconds", "Length of a rate-limit window.", static_cast<std::uint64_t>(input.rate.window.count())},
      {"agents_webhook_dlq_failed", kGauge, "events", "Dead letters nobody has replayed.", input.dead_letters.failed},
      {"agents_webhook_dlq_queued", kGauge, "events", "Dead letters waiting to be sent again.", input.dead_letters.queued},
      {"agents_webhook_retries_total", kCounter, "attempts", "Attempts beyond the first, of the newest dead letters.", input.dead_letters.retries},
      {"agents_queue_depth", kGauge, "jobs", "Deliveries, notifications and records of the sink that are owed.", input.queue.all()},
      {"agents_queue_webhook_depth", kGauge, "jobs", "Webhook deliveries that are owed.", input.queue.webhook},
      {"agents_consumer_checkpoints_total", kGauge, "checkpoints", "Checkpoints looked at for lag.", input.lag.count},
      {"agents_consumer_lag_max_seconds", kGauge, "seconds", "Age of the oldest of those checkpoints.", input.lag.max_seconds},
      {"agents_consumer_lag_warning_total", kGauge, "checkpoints", "Checkpoints older than five minutes.", input.lag.warning},
      {"agents_consumer_lag_critical_total", kGauge, "checkpoints", "Checkpoints older than half an hour.", input.lag.critical},
      {"agents_control_approvals_pending", kGauge, "approvals", "Approvals that wait for a decision.", input.control.approvals_pending},
      {"agents_control_approvals_expired", kGauge, "approvals", "Approvals that nobody decided in time.", input.control.approvals_expired},
      {"agents_control_executions_blocked", kGauge, "executions", "Governed actions that were not allowed to run.", input.control.executions_blocked},
      {"agents_control_executions_succeeded", kGauge, "executions", "Governed actions that ran.", input.control.executions_succeeded},
      {"agents_control_audit_events_total", kGauge, "events", "Rows of the audit log.", input.audit_events},
      {"agents_credentials_configured_total", kGauge, "credentials", "Credentials that work now, of every source.", input.credentials},
      {"agents_credentials_managed_total", kGauge, "credentials", "Managed credentials that work now.", input.managed_credentials},
      {"agents_adoption_time_to_first_success_median_seconds", kGauge, "seconds", "Median time from a managed credential's making to its first use.", median},
      {"agents_adoption_active_credentials_7d", kGauge, "credentials", "Managed credentials used within seven days.", input.adoption.active_7_days},
  };
}

SignalValues signal_values(const MetricsInput& input) {
  SignalValues values;
  values.auth_failures = input.last_hour[TrafficEvent::kAuthFailure];
  values.scope_denials = input.last_hour[TrafficEvent::kForbidden];
  values.rate_limit_denials = input.last_hour[TrafficEvent::kRateLimited];
  values.server_errors = input.last_hour[TrafficEvent::kServerError];
  values.queue_depth = input.queue.all();
  values.dead_letters_failed = input.dead_letters.failed;
  values.lag_max_seconds = input.lag.max_seconds;
  return values;
}

}  // namespace app::operations
