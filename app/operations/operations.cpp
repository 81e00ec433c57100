#include "app/operations/operations.h"

#include "app/operations/dead_letter_counts.h"
#include "app/operations/prometheus.h"
#include "app/operations/report_json.h"

namespace app::operations {

namespace {

using engine::Result;
Result<std::vector<feed::Checkpoint>> laggards(const feed::Checkpoints& checkpoints, engine::WallTime now) {
  auto rows = checkpoints.list();
  if (rows) feed::keep_longest_lag(*rows, Diagnostics::kLagRows, now);
  return rows;
}

constexpr std::string_view kLogOverBudget = "source_wal_over_budget";  // an incident that is known in advance to end badly

std::string object(const auto& write) {
  std::string out;
  engine::JsonWriter json(out);
  write(json);
  return out;
}

}  // namespace

Operations::Operations(OperationsRooms rooms, OperationsConfig config)
    : rooms_(std::move(rooms)), config_(std::move(config)), redact_(config_.secrets), probe_(rooms_.store, rooms_.clock), history_(rooms_.store) {}

Result<std::unique_ptr<Operations>> Operations::open(OperationsRooms rooms, OperationsConfig config) {
  auto operations = std::unique_ptr<Operations>(new Operations(std::move(rooms), std::move(config)));
  if (auto opened = operations->open(); !opened) return opened.take_error();
  return operations;
}

Result<void> Operations::open() {
  auto keeper = TrafficKeeper::open(rooms_.store, rooms_.traffic, rooms_.clock);
  if (!keeper) return keeper.take_error();
  keeper_ = std::move(*keeper);
  auto log = NotificationLog::open(rooms_.store);
  if (!log) return log.take_error();
  log_ = std::move(*log);
  const auto find = [this](std::string_view handle) -> std::optional<trust::ManagedCredential> {
    for (auto& credential : managed()) {
      if (credential.handle == handle) return std::move(credential);
    }
    return std::nullopt;
  };
  notifications_ = std::make_unique<Notifications>(*log_, config_.notifications, rooms_.clock, find);
  auto watch = DeadLetterWatch::open(rooms_.store, rooms_.dead_letters, *notifications_);
  if (!watch) return watch.take_error();
  letters_watch_ = std::move(*watch);
  monitor_ = std::make_unique<StatusMonitor>(rooms_.store, *notifications_);
  return engine::ok();
}

// ---- gathering

std::vector<trust::ManagedCredential> Operations::managed() const { return rooms_.managed ? rooms_.managed() : std::vector<trust::ManagedCredential>{}; }

Readiness Operations::readiness(bool over_http) const {
  ReadinessInput input;
  input.over_http = over_http;
  const auto store = probe_.ask();
  input.components.database = store.reads && (!rooms_.source_connected || rooms_.source_connected());
  input.components.cache = store.writes;
  input.components.users = rooms_.credentials && rooms_.credentials() != nullptr;
  input.commerce = config_.runtime.settings.features.commerce;
  auto readiness = evaluate_readiness(input);
  for (const auto& incident : rooms_.incidents.open()) {
    if (incident.code == kLogOverBudget) readiness.warnings.push_back("Not fulfilled: " + incident.detail + ".");
  }
  if (rooms_.sink) {
    if (const auto warning = sink_warning(rooms_.sink(), config_.lag)) readiness.warnings.push_back(redact_(*warning));
  }
  return readiness;
}

Posture Operations::posture() const {
  static const trust::CredentialSet kNobody;
  const auto set = rooms_.credentials ? rooms_.credentials() : nullptr;
  return evaluate_posture({config_.runtime, set ? *set : kNobody, config_.default_scopes, config_.webhook, config_.further_warnings});
}

Lifecycle Operations::lifecycle() const {
  return evaluate_lifecycle(managed(), config_.metadata, config_.lifecycle, trust::name(config_.runtime.settings.profile), now());
}

Result<MetricsInput> Operations::metrics_input() const {
  MetricsInput input;
  const auto at = now();
  const auto standing = posture();
  auto letters = count_dead_letters(rooms_.dead_letters);
  if (!letters) return letters.take_error();
  const auto rows = laggards(rooms_.checkpoints, at);
  if (!rows) return engine::fail(rows.error().code, rows.error().detail);
  input.totals = rooms_.traffic.totals();
  input.last_hour = rooms_.traffic.last_hour();
  input.rate = config_.runtime.settings.rate;
  input.dead_letters = *letters;
  input.lag = feed::summarise_lag(*rows, at);
  if (rooms_.webhook_jobs) input.queue.webhook = rooms_.webhook_jobs();
  input.queue.notifications = log_->waiting();
  if (rooms_.sink) input.queue.sink = rooms_.sink().lag;
  if (rooms_.control) input.control = rooms_.control();
  if (rooms_.audit_events) input.audit_events = rooms_.audit_events();
  input.credentials = standing.credentials;
  input.managed_credentials = standing.managed;
  input.adoption = evaluate_adoption(managed(), standing.credentials, at);
  return input;
}

Result<Reliability> Operations::reliability() const {
  const auto input = metrics_input();
  if (!input) return engine::fail(input.error().code, input.error().detail);
  return evaluate_reliability(signal_values(*input), config_.lag, now());
}

Result<MonitorRun> Operations::check_status() {
  auto judged = reliability();
  if (!judged) return judged.take_error();
  auto items = incident_items(*judged, rooms_.incidents.open(), now());
  if (auto renewed = history_.renew(items); !renewed) return renewed.take_error();  // so that first sightings do not wait for a reader
  return monitor_->look(evaluate_system(auth_check(posture(), config_.runtime.settings), std::move(*judged), lifecycle()), redact_);
}

Result<std::size_t> Operations::tell_of_dead_letters() {
  const std::lock_guard lock(looking_at_letters_);
  return letters_watch_->look();
}

// ---- answers

std::string Operations::readiness_json() const {
  return object([this](engine::JsonWriter& json) { write_readiness(json, readiness(), config_.runtime, now()); });
}

Result<std::string> Operations::metrics_json() const {
  const auto input = metrics_input();
  if (!input) return engine::fail(input.error().code, input.error().detail);
  const auto reliability = evaluate_reliability(signal_values(*input), config_.lag, now());
  return object([&](engine::JsonWriter& json) { write_metrics(json, metric_series(*input), reliability, keeper_->ages()); });
}

Result<std::string> Operations::incidents_json(const IncidentQuery& query) const {
  const auto judged = reliability();
  if (!judged) return engine::fail(judged.error().code, judged.error().detail);
  auto items = incident_items(*judged, rooms_.incidents.open(), now());
  if (auto renewed = history_.renew(items); !renewed) return renewed.take_error();
  const auto report = report_incidents(std::move(items), query, now());
  return object([&](engine::JsonWriter& json) { write_incidents(json, report); });
}

std::string Operations::lifecycle_json() const {
  return object([this](engine::JsonWriter& json) { write_lifecycle(json, lifecycle(), config_.runtime, nullptr); });
}

std::string Operations::adoption_json() const {
  return object([this](engine::JsonWriter& json) { write_adoption(json, evaluate_adoption(managed(), posture().credentials, now())); });
}

std::string Operations::diagnostics_json(std::string_view request_id, std::string_view source) const {
  Diagnostics bundle;
  bundle.at = now();
  bundle.source = source;
  bundle.request_id = request_id;
  bundle.posture = posture();
  bundle.readiness = readiness(source == "api" || source == "cp");
  if (rooms_.smoke) bundle.smoke = rooms_.smoke();
  bundle.lifecycle = lifecycle();
  const auto failed = [&bundle](std::string_view section, const engine::Error& error) { bundle.errors.push_back({section, error.detail}); };
  if (auto rows = laggards(rooms_.checkpoints, bundle.at))
    bundle.checkpoints = std::move(*rows);
  else
    failed("consumers.lag", rows.error());
  if (auto letters = rooms_.dead_letters.list(std::nullopt, Diagnostics::kLetters))
    bundle.letters = std::move(*letters);
  else
    failed("webhooks.dlq", letters.error());
  if (auto input = metrics_input())
    bundle.metrics = std::move(*input);
  else
    failed("observability.metrics", input.error());
  bundle.reliability = evaluate_reliability(signal_values(bundle.metrics), config_.lag, bundle.at);
  return bundle_json(bundle, config_.runtime, keeper_->ages(), redact_);
}

std::string Operations::prometheus() const {
  const auto own = rooms_.metrics.render();
  const auto input = metrics_input();
  if (!input) return own;  // what needs no store is still told
  return prometheus_text(metric_series(*input), evaluate_reliability(signal_values(*input), config_.lag, now())) + own;
}

}  // namespace app::operations
