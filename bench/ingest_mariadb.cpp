// What does it cost to bring a transaction from the binary log into the feed, fsynced, against draining the same log without decoding?
#include "bench/ingest_mariadb.h"

#include "bench/ingest_run.h"
#include "bench/sample_source.h"
#include "connectors/mariadb/connection.h"

namespace bench {
namespace {

using engine::Result;
namespace fs = std::filesystem;

IngestSetup setup_of(SampleSource& source) { return {source.factory(), source.mapping(), source.pipeline_options({})}; }

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
  return Cost{cpu_seconds() - cpu, now_seconds() - wall, {}, 0};
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
  if (auto run = run_pipeline(setup_of(source), **log, before.directory, streaming); !run) return run.take_error();
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
  return run_pipeline(setup_of(source), **log, directory, [target](const connectors::PipelineStatus& s) { return s.position.sequence >= target; });
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
  Cost all;
  for (int i = 0; i < settings.rounds; ++i) {
    auto made = product_round(**source, *before, count);
    if (!made) return made.take_error();
    auto bare = drain_bare(**source, before->gtids, count);
    if (!bare) return bare.take_error();
    report.rounds.push_back({made->cpu / double(count), bare->cpu / double(count)});
    all.add(*made);
  }
  report.notes = shares(all, double(count) * settings.rounds);
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
