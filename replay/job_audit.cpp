#include "replay/job_audit.h"

#include "engine/base/json_writer.h"

namespace replay {
namespace {

using engine::JsonWriter;

void write_filter(JsonWriter& json, const delivery::DeadLetterFilter& filter) {
  const auto text = [&json](std::string_view key, std::string_view value) {
    if (!value.empty()) json.key(key).string(value);
  };
  text("endpoint", filter.endpoint);
  text("resourceType", filter.resource_type);
  text("resourceId", filter.resource_id);
  if (filter.action) text("action", feed::name(*filter.action));
  if (filter.cause) text("cause", delivery::name(*filter.cause));
  if (filter.status) text("status", delivery::name(*filter.status));
  if (filter.since) json.key("since").instant(*filter.since);
  if (filter.before) json.key("before").instant(*filter.before);
}

std::string facts(const JobView& view) {
  const auto& [job, progress] = view;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("source").string(name(job.selection.source));
  switch (job.selection.source) {
    case Source::kIds: json.key("ids").number_u64(job.selection.ids.size()); break;
    case Source::kDeadLetters: write_filter(json, job.selection.filter); break;
    case Source::kHistory:
      json.key("endpoint").string(job.selection.endpoint);
      json.key("fromOffset").number_u64(job.selection.from.value);
      json.key("endOffset").number_u64(job.selection.end.value);
      break;
  }
  json.key("total").number_u64(job.total);
  json.key("rate").number(job.rate);
  json.key("reason").string(job.reason);
  json.key("delivered").number_u64(progress.delivered);
  json.key("failed").number_u64(progress.failed);
  json.key("skipped").number_u64(progress.skipped);
  json.end_object();
  return text;
}

trust::AuditOutcome outcome_of(const JobView& view) {
  if (view.job.state == JobState::kFailed) return trust::AuditOutcome::kError;
  return view.progress.failed > 0 && view.job.state == JobState::kFinished ? trust::AuditOutcome::kWarning : trust::AuditOutcome::kSuccess;
}

}  // namespace

trust::AuditEvent job_event(const JobView& view, std::string_view action, const trust::Actor& actor) {
  trust::AuditEvent event;
  event.category = "delivery.replay_job";
  event.action = action;
  event.outcome = outcome_of(view);
  event.actor = actor;
  event.entity_type = "replay_job";
  event.entity_id = std::to_string(view.job.id.value);
  event.summary = "Replay job " + event.entity_id + " " + std::string(action) + ": " + std::to_string(view.progress.done()) + " of " +
                  std::to_string(view.job.total) + " done";
  event.metadata = facts(view);
  return event;
}

}  // namespace replay
