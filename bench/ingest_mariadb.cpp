// What does it cost to bring a transaction from the binary log into the feed, fsynced, against draining the same log without decoding?
#include "bench/ingest_mariadb.h"

#include <cstdio>
#include <thread>

#include "bench/sample_log.h"
#include "bench/sample_source.h"
#include "connectors/mariadb/connection.h"
#include "connectors/mariadb/mariadb_source.h"

namespace bench {
namespace {

using engine::Result;
namespace fs = std::filesystem;

struct Cost {
  double cpu = 0;   // seconds of all threads
  double wall = 0;
};

// Runs a pipeline over `directory` until `done` says so, with its cost from the first transaction on.
Result<Cost> run_pipeline(SampleSource& source, SampleLog& log, const fs::path& directory, const std::function<bool(const connectors::PipelineStatus&)>& done) {
  engine::telemetry::OpenIncidents incidents(log.timers());
  connectors::Pipeline pipeline(source.factory(), source.mapping(), log.log(), log.timers(), incidents, source.pipeline_options(directory / "mirror.sqlite"));
  const double cpu = cpu_seconds(), wall = now_seconds();
  std::thread running([&] { pipeline.run(); });
  bool reached = false;
  for (int i = 0; i < 60'000 && !(reached = done(pipeline.status())); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const Cost cost{cpu_seconds() - cpu, now_seconds() - wall};
  const auto error = pipeline.status().last_error;
  pipeline.stop();
  running.join();
  if (!reached) return engine::fail(engine::Errc::kTimedOut, "the pipeline did not catch up: " + error);
  return cost;
}

// `count` transactions, each a new title of one entry or a new price of one product.
Result<void> write_changes(SampleSource& source, std::size_t count) {
  auto ids = source.entry_ids();
  if (!ids) return ids.take_error();
  for (std::size_t i = 0; i < count; ++i) {
    auto done = source.sql().run("UPDATE elements_sites SET title = 'Benchmark " + std::to_string(i) + "', dateUpdated = UTC_TIMESTAMP() WHERE siteId = 1 AND elementId = " +
                                 (*ids)[i % ids->size()]);
    if (!done) return done;
  }
  return engine::ok();
}

// Reads packets until `count` transactions have ended; nothing of them is looked at but the event's type.
Result<Cost> drain_bare(SampleSource& source, const std::string& from, std::size_t count) {
  connectors::StopSignal stop;
  auto connection = connectors::MariaDbConnection::open(source.options(4712), stop);
  if (!connection) return connection.take_error();
  const double cpu = cpu_seconds(), wall = now_seconds();
  if (auto started = (*connection)->start_stream(4712, from, std::chrono::seconds(2)); !started) return started.take_error();
  for (std::size_t ended = 0; ended < count;) {
    auto packet = (*connection)->read_packet(std::chrono::seconds(10));
    if (!packet) return packet.take_error();
    if (!*packet) return engine::fail(engine::Errc::kTimedOut, "the binlog ended early");
    const auto type = static_cast<connectors::EventType>((**packet)[4]);
    if (type == connectors::EventType::kXid) ++ended;
  }
  return Cost{cpu_seconds() - cpu, now_seconds() - wall};
}

// The first stage alone: packets to row changes.
Result<Cost> decode_only(SampleSource& source, const feed::SourcePosition& from, std::size_t count) {
  auto options = source.options(4713);
  const auto names = source.mapping().table_names();
  options.tables = {names.begin(), names.end()};
  connectors::MariaDbSource reader(std::move(options));
  const double cpu = cpu_seconds(), wall = now_seconds();
  if (auto connected = reader.connect(from); !connected) return connected.take_error();
  for (std::size_t taken = 0; taken < count;) {
    auto slice = reader.next(std::chrono::seconds(10));
    if (!slice) return slice.take_error();
    if (!*slice) return engine::fail(engine::Errc::kTimedOut, "the binlog ended early");
    if ((*slice)->last) ++taken;
  }
  return Cost{cpu_seconds() - cpu, now_seconds() - wall};
}

// Mirror and log as they were before the changes were written, for one round.
struct Before {
  fs::path directory;
  feed::SourcePosition position;
  std::string gtids;
};

Result<Before> take_snapshot(SampleSource& source) {
  Before before{source.directory() / "before", {}, {}};
  fs::create_directories(before.directory);
  auto log = SampleLog::open(before.directory);
  if (!log) return log.take_error();
  const auto streaming = [](const connectors::PipelineStatus& s) { return s.phase == connectors::PipelineStatus::Phase::kStreaming && s.serving; };
  if (auto run = run_pipeline(source, **log, before.directory, streaming); !run) return run.take_error();
  auto position = (*log)->log().position("cms");
  if (!position) return position.take_error();
  before.position = **position;
  auto gtids = source.gtids();
  if (!gtids) return gtids.take_error();
  before.gtids = *gtids;
  return before;
}

Result<Cost> product_round(SampleSource& source, const Before& before, std::size_t count) {
  const auto directory = source.directory() / "round";
  fs::remove_all(directory);
  fs::copy(before.directory, directory, fs::copy_options::recursive);
  auto log = SampleLog::open(directory);
  if (!log) return log.take_error();
  settle();
  const auto target = before.position.sequence + count;
  return run_pipeline(source, **log, directory, [target](const connectors::PipelineStatus& s) { return s.position.sequence >= target; });
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> ingest_mariadb(const Settings& settings) {
  auto source = SampleSource::create(400);
  if (!source) return source.take_error();
  auto before = take_snapshot(**source);
  if (!before) return before.take_error();
  const auto count = static_cast<std::size_t>(20'000 * settings.scale);
  if (auto written = write_changes(**source, count); !written) return written.take_error();
  Report report;
  report.unit = "cpu_s/transaction";
  double product_wall = 0, decode = 0, product = 0;
  for (int i = 0; i < settings.rounds; ++i) {
    auto made = product_round(**source, *before, count);
    if (!made) return made.take_error();
    auto bare = drain_bare(**source, before->gtids, count);
    if (!bare) return bare.take_error();
    auto decoded = decode_only(**source, before->position, count);
    if (!decoded) return decoded.take_error();
    report.rounds.push_back({made->cpu / double(count), bare->cpu / double(count)});
    product_wall += made->wall;
    product += made->cpu;
    decode += decoded->cpu;
  }
  char note[64];
  std::snprintf(note, sizeof note, "transactions_per_s=%.0f", double(count) * settings.rounds / product_wall);
  report.notes.push_back(note);
  std::snprintf(note, sizeof note, "read_and_decode_share=%.2f", decode / product);
  report.notes.push_back(note);
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
