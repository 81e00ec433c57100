#include "app/transfer/envelope_import.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/mapping_files.h"
#include "connectors/debezium/debezium_options.h"
#include "connectors/debezium/line_source.h"
#include "connectors/pipeline.h"

namespace app::transfer {

using connectors::PipelineStatus;
using engine::Result;

namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(50);
constexpr unsigned kLooksBetweenLines = 100;

/// Takes what the pipeline reports; the import says it at its end.
class QuietIncidents final : public engine::telemetry::IncidentSink {
 public:
  void report(std::string_view, engine::telemetry::Severity, std::string_view) override {}
  void resolve(std::string_view) override {}
};

/// Waits for the whole input, or for trouble: nothing comes by itself that would end it.
PipelineStatus watch(const connectors::Pipeline& pipeline, const connectors::LineProgress& progress, std::ostream& err) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  for (unsigned look = 1;; ++look) {
    never.wait_for(lock, kLookEvery);
    const auto status = pipeline.status();
    if (status.phase == PipelineStatus::Phase::kWaiting || status.phase == PipelineStatus::Phase::kStopped) return status;
    const auto all = "line=" + std::to_string(progress.lines.load()) + ";";
    if (status.phase == PipelineStatus::Phase::kStreaming && progress.ended && status.position.token.starts_with(all)) return status;
    if (look % kLooksBetweenLines == 0) err << "millrace: " << progress.lines << " lines read, " << name(status.phase) << '\n';
  }
}

}  // namespace

Result<void> import_envelopes(const Config& config, std::istream& input, feed::ChangeLog& log, const engine::Clock& clock, ImportSummary& summary, std::ostream& err) {
  if (config.debezium.schema_file.empty()) {
    return engine::fail(engine::Errc::kNotFound, "source.debezium.schema_file is needed: envelopes do not say what tables there are; it is what mariadb-dump --no-data or "
                                                 "pg_dump --schema-only writes");
  }
  auto mapping = load_mapping(config.mapping);
  if (!mapping) return mapping.take_error();
  auto schema = connectors::load_declared_schema(config.debezium);
  if (!schema) return schema.take_error();
  connectors::LineProgress progress;
  QuietIncidents incidents;
  connectors::PipelineOptions options;
  options.mirror_file = mirror_file(config);
  options.settings = config.mapping.settings;
  options.idle_position = std::chrono::milliseconds(0);
  const auto factory = [&](const std::set<std::string>&) -> std::unique_ptr<connectors::Source> {
    return std::make_unique<connectors::LineSource>(input, *schema, config.debezium.modes, config.debezium.table_prefix, progress);
  };
  connectors::Pipeline pipeline(factory, *mapping, log, clock, incidents, std::move(options));
  std::thread running([&] { pipeline.run(); });
  const auto seen = watch(pipeline, progress, err);
  pipeline.stop();
  running.join();
  const auto status = pipeline.status();
  summary.changes = status.changes;
  summary.lines = progress.lines;
  if (seen.phase == PipelineStatus::Phase::kStreaming) return engine::ok();
  return engine::fail(engine::Errc::kMalformed, seen.last_error);
}

}  // namespace app::transfer
