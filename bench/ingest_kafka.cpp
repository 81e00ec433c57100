// What does it cost to bring a record of Debezium from a topic into the feed, fsynced, against a bare consumer of the same records?
#include "bench/ingest_kafka.h"

#include <cstdio>
#include <thread>

#include "bench/sample_log.h"
#include "bench/sample_source.h"
#include "connectors/kafka/kafka_source.h"
#include "connectors/kafka/topic_reader.h"
#include "connectors/mariadb/mariadb_source.h"
#include "tests/connectors/debezium_writer.h"
#include "tests/support/kafka_broker.h"

namespace bench {
namespace {

using engine::Result;
namespace fs = std::filesystem;

constexpr const char* kUpdated = "elements_sites";

/// The sample site in topics: what Debezium's snapshot would have written, then updates of titles, each a transaction of its own.
class SampleTopics {
 public:
  explicit SampleTopics(SampleSource& source) : source_(source), peer_(broker_.brokers()) {}

  Result<void> write_snapshot() {
    connectors::MariaDbSource rows(source_.options(4713));
    if (auto connected = rows.connect(std::nullopt); !connected) return connected;
    auto names = rows.tables();
    if (!names) return names.take_error();
    auto tables = rows.describe(*names);
    if (!tables) return tables.take_error();
    for (const auto& table : *tables) {
      peer_.create_topic(topic(table.name), 1, false);
      const auto shape = std::make_shared<const connectors::Table>(table);
      auto chunk = rows.read_chunk(table, {}, 1'000'000);
      if (!chunk) return chunk.take_error();
      for (auto& row : chunk->rows) {
        const connectors::RowChange change{shape, connectors::RowChange::Kind::kInsert, {}, std::move(row), true};
        peer_.publish(topic(table.name), test::debezium_key(change), test::debezium_value(change, table.name, {{}, app::demo::installed_at(), 0, 0}, "r"));
        if (table.name == kUpdated) rows_.push_back(change);
      }
    }
    peer_.flush();
    return engine::ok();
  }
  void write_updates(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& row = rows_[i % rows_.size()];
      connectors::RowChange change{row.table, connectors::RowChange::Kind::kUpdate, row.after, row.after, true};
      for (std::size_t column = 0; column < row.table->columns.size(); ++column) {
        if (row.table->columns[column].name == "title") change.after[column] = "Benchmark " + std::to_string(i);
      }
      row.after = change.after;
      const test::DebeziumOrigin origin{"0-1-" + std::to_string(1000 + i), app::demo::installed_at() + std::chrono::seconds(i), 1000 + i, 0};
      const auto value = test::debezium_value(change, kUpdated, origin);
      bytes_ += value.size();
      peer_.publish(topic(kUpdated), test::debezium_key(change), value);
    }
    peer_.flush();
  }
  connectors::KafkaSourceOptions options() const {
    connectors::KafkaSourceOptions options;
    options.name = "cms";
    options.connection.brokers = broker_.brokers();
    options.topics = topic("{table}");
    options.debezium.schema_file = std::string(MILLRACE_SOURCE_DIR) + "/app/demo/sample_schema.sql";
    return options;
  }
  static std::string topic(const std::string& table) { return "shop.craft." + table; }
  std::size_t snapshot_rows() const { return rows_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  SampleSource& source_;
  test::KafkaBroker broker_;
  test::KafkaPeer peer_;
  std::vector<connectors::RowChange> rows_;  // of the table that is updated, as they are now
  std::size_t bytes_ = 0;
};

struct Cost {
  double cpu = 0, wall = 0;
  connectors::StageTimes stages;
};

Result<Cost> run_pipeline(SampleSource& source, const SampleTopics& topics, SampleLog& log, const fs::path& directory, const std::function<bool(const connectors::PipelineStatus&)>& done) {
  engine::telemetry::OpenIncidents incidents(log.timers());
  const auto factory = [&](const std::set<std::string>& tables) {
    auto options = topics.options();
    options.tables = tables;
    return std::make_unique<connectors::KafkaSource>(std::move(options), log.timers());
  };
  connectors::Pipeline pipeline(factory, source.mapping(), log.log(), log.timers(), incidents, source.pipeline_options(directory / "mirror.sqlite"));
  const double cpu = cpu_seconds(), wall = now_seconds();
  std::thread running([&] { pipeline.run(); });
  bool reached = false;
  for (int i = 0; i < 60'000 && !(reached = done(pipeline.status())); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const auto status = pipeline.status();
  const Cost cost{cpu_seconds() - cpu, now_seconds() - wall, status.stages};
  pipeline.stop();
  running.join();
  if (!reached) return engine::fail(engine::Errc::kTimedOut, "the pipeline did not catch up: " + status.last_error);
  return cost;
}

// Reads `count` records behind offset `from`; nothing of them is looked at.
Result<Cost> consume_bare(const SampleTopics& topics, std::size_t from, std::size_t count) {
  const double cpu = cpu_seconds(), wall = now_seconds();
  auto client = connectors::KafkaClient::open(topics.options().connection, connectors::KafkaClient::Role::kConsumer, {{"enable.partition.eof", "true"}});
  if (!client) return client.take_error();
  connectors::TopicReader reader(*client, std::chrono::seconds(10));
  if (auto started = reader.start({SampleTopics::topic(kUpdated), 0}, static_cast<std::int64_t>(from), 0); !started) return started.take_error();
  std::size_t seen = 0;
  for (int waits = 0; seen < count && waits < 1000; ++waits) {
    auto read = reader.read(std::chrono::milliseconds(100), 1000, [&](const connectors::TopicReader::Record& record) -> Result<void> {
      seen += !record.end;
      return engine::ok();
    });
    if (!read) return read.take_error();
    if (seen > 0) waits = 0;
  }
  if (seen < count) return engine::fail(engine::Errc::kTimedOut, "the topic ended early");
  return Cost{cpu_seconds() - cpu, now_seconds() - wall, {}};
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> ingest_kafka(const Settings& settings) {
  if (const auto why = test::KafkaBroker::absent()) return engine::fail(engine::Errc::kNotFound, *why);
  auto source = SampleSource::create(400);
  if (!source) return source.take_error();
  SampleTopics topics(**source);
  if (auto written = topics.write_snapshot(); !written) return written.take_error();
  const auto before = (*source)->directory() / "before";
  fs::create_directories(before);
  std::uint64_t sequence = 0;
  {
    auto log = SampleLog::open(before);
    if (!log) return log.take_error();
    const auto streaming = [](const connectors::PipelineStatus& s) { return s.phase == connectors::PipelineStatus::Phase::kStreaming && s.serving && s.position.sequence > 0; };
    if (auto run = run_pipeline(**source, topics, **log, before, streaming); !run) return run.take_error();
    auto position = (*log)->log().position("cms");
    if (!position) return position.take_error();
    sequence = (*position)->sequence;
  }
  const auto count = static_cast<std::size_t>(20'000 * settings.scale);
  topics.write_updates(count);
  Report report;
  report.unit = "cpu_s/record";
  Cost all;
  double bare_wall = 0;
  for (int i = 0; i < settings.rounds; ++i) {
    const auto directory = (*source)->directory() / "round";
    fs::remove_all(directory);
    fs::copy(before, directory, fs::copy_options::recursive);
    auto log = SampleLog::open(directory);
    if (!log) return log.take_error();
    settle();
    auto made = run_pipeline(**source, topics, **log, directory, [&](const connectors::PipelineStatus& s) { return s.position.sequence >= sequence + count; });
    if (!made) return made.take_error();
    auto bare = consume_bare(topics, topics.snapshot_rows(), count);
    if (!bare) return bare.take_error();
    report.rounds.push_back({made->cpu / double(count), bare->cpu / double(count)});
    all.wall += made->wall;
    bare_wall += bare->wall;
    all.stages.read += made->stages.read;
    all.stages.mirror += made->stages.mirror;
    all.stages.render += made->stages.render;
    all.stages.diff += made->stages.diff;
    all.stages.append += made->stages.append;
  }
  const auto note = [&](const char* name, double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%s=%.*f", name, digits, value);
    report.notes.emplace_back(text);
  };
  const auto share = [&](const char* name, std::chrono::nanoseconds time) { note(name, std::chrono::duration<double>(time).count() / all.wall, 2); };
  note("records_per_s", double(count) * settings.rounds / all.wall, 0);
  note("wall_ratio", bare_wall / all.wall, 3);
  note("record_bytes", double(topics.bytes()) / double(count), 0);
  share("share_read_decode", all.stages.read);
  share("share_mirror", all.stages.mirror);
  share("share_render", all.stages.render);
  share("share_diff", all.stages.diff);
  share("share_append", all.stages.append);
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
