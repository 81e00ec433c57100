#include "app/surfaces/admin/replay_json.h"

#include "app/surfaces/admin/dead_letter_json.h"

namespace app::admin {

namespace {

using engine::JsonWriter;

void write_filter(JsonWriter& json, const delivery::DeadLetterFilter& filter) {
  const auto text = [&json](std::string_view key, std::string_view value) {
    json.key(key);
    write_text_or_null(json, value);
  };
  const auto instant = [&json](std::string_view key, const std::optional<engine::WallTime>& t) {
    json.key(key);
    t ? json.instant(*t) : json.null();
  };
  text("endpoint", filter.endpoint);
  text("resourceType", filter.resource_type);
  text("resourceId", filter.resource_id);
  text("action", filter.action ? feed::name(*filter.action) : std::string_view{});
  text("cause", filter.cause ? delivery::name(*filter.cause) : std::string_view{});
  text("status", filter.status ? delivery::name(*filter.status) : std::string_view{});
  instant("since", filter.since);
  instant("before", filter.before);
}

}  // namespace

void write_selection(JsonWriter& json, const replay::Selection& selection) {
  json.begin_object();
  json.key("source").string(replay::name(selection.source));
  switch (selection.source) {
    case replay::Source::kIds:
      json.key("ids").begin_array();
      for (const auto id : selection.ids) json.number_u64(id.value);
      json.end_array();
      break;
    case replay::Source::kDeadLetters: write_filter(json, selection.filter); break;
    case replay::Source::kHistory:
      json.key("endpoint").string(selection.endpoint);
      json.key("fromOffset").number_u64(selection.from.value);
      json.key("endOffset").number_u64(selection.end.value);
      break;
  }
  json.end_object();
}

void write_replay_job(JsonWriter& json, const replay::JobView& view) {
  const auto& [job, progress] = view;
  json.begin_object();
  json.key("id").number_u64(job.id.value);
  json.key("state").string(replay::name(job.state));
  json.key("selection");
  write_selection(json, job.selection);
  json.key("ratePerSecond").number(job.rate);
  json.key("total").number_u64(job.total);
  json.key("done").number_u64(progress.done());
  json.key("delivered").number_u64(progress.delivered);
  json.key("failed").number_u64(progress.failed);
  json.key("skipped").number_u64(progress.skipped);
  json.key("inFlight").number_u64(progress.in_flight.size());
  json.key("lastError");
  write_text_or_null(json, progress.last_error);
  json.key("problem");
  write_text_or_null(json, job.problem);
  json.key("createdBy").string(job.creator);
  json.key("reason");
  write_text_or_null(json, job.reason);
  json.key("dateCreated").instant(job.created);
  json.key("dateUpdated").instant(job.updated);
  json.end_object();
}

}  // namespace app::admin
