#include "app/operations/status_monitor.h"

#include "access/key_schema.h"
#include "app/operations/key_schema.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/json_writer.h"

namespace app::operations {

using engine::Result;

namespace {

constexpr std::uint8_t kVersion = 1;
std::string state_key() { return std::string(keys::kMonitor) + "system-status"; }

}  // namespace

StatusMonitor::StatusMonitor(engine::store::Store& store, Notifications& notifications)
    : store_(store), family_(store.family(trust::kOperationsFamily)), notifications_(notifications) {}

Result<std::optional<StatusMonitor::State>> StatusMonitor::read() const {
  auto stored = store_.get(family_, state_key());
  if (!stored) return stored.take_error();
  if (!*stored) return std::optional<State>{};
  engine::ByteCursor in(**stored);
  const auto version = in.big<std::uint8_t>();
  const auto status = in.big<std::uint8_t>();
  State state{static_cast<Level>(status), std::string(in.text())};
  if (!in.ok() || !in.at_end() || version != kVersion || status > 2)
    return engine::fail(in.blame(engine::Errc::kMalformed), "the stored state of the monitor is damaged");
  return std::optional(std::move(state));
}

Result<MonitorRun> StatusMonitor::look(const SystemStatus& system, const Redactor& redact) {
  const std::lock_guard lock(looking_);
  auto before = read();
  if (!before) return before.take_error();
  MonitorRun run;
  if (*before) run.before = (*before)->status;
  run.now = system.status;
  run.changed = !run.before || *run.before != run.now;
  run.snapshot = system_json(system, redact);

  std::string value;
  engine::ByteWriter(value).big(kVersion).big(static_cast<std::uint8_t>(run.now)).text(run.snapshot);
  engine::store::Batch state;
  state.put(family_, state_key(), value);
  if (!is_worth_telling(run.before, run.now)) {
    if (auto written = store_.write(state, engine::store::Durability::kBuffered); !written) return written.take_error();
    return run;
  }
  auto queued = notifications_.queue(status_changed(run.before, run.now, system.issues), state);
  if (!queued) return queued.take_error();
  run.queued = *queued;
  run.notified = run.queued > 0;
  return run;
}

Result<std::optional<std::string>> StatusMonitor::last_snapshot() const {
  auto state = read();
  if (!state) return state.take_error();
  return *state ? std::optional((*state)->snapshot) : std::nullopt;
}

std::string monitor_run_json(const MonitorRun& run) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("monitorKey").string(run.monitor);
  json.key("previousStatus");
  run.before ? json.string(name(*run.before)) : json.null();
  json.key("currentStatus").string(name(run.now));
  json.key("changed").boolean(run.changed);
  json.key("notified").boolean(run.notified);
  json.key("queued").number_u64(run.queued);
  json.key("snapshot").raw(run.snapshot);
  json.end_object();
  return out;
}

}  // namespace app::operations
