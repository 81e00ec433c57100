// What does it cost to bring a transaction from the binary log into the feed, fsynced, against draining the same log without decoding?
#include "bench/ingest_mariadb.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "bench/sample_log.h"
#include "bench/sample_source.h"
#include "connectors/mariadb/connection.h"

namespace {
std::atomic<long> log_sync_ns{0};
}

// Every library of this program syncs through here, which is how the part of the disk in an append is known.
extern "C" int fdatasync(int fd) {
  char name[256];
  const auto size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), name, sizeof name);
  const bool of_log = size > 4 && std::string_view(name, static_cast<std::size_t>(size)).ends_with(".log");
  const auto start = std::chrono::steady_clock::now();
  const auto done = static_cast<int>(::syscall(SYS_fdatasync, fd));
  if (of_log) log_sync_ns += (std::chrono::steady_clock::now() - start).count();
  return done;
}

namespace bench {
namespace {

using engine::Result;
namespace fs = std::filesystem;

struct Cost {
  double cpu = 0;   // seconds of all threads
  double wall = 0;
  connectors::StageTimes stages;
  double sync = 0;  // of the log, seconds; part of stages.append
};

// Runs a pipeline over `directory` until `done` says so, with its cost from the first transaction on.
Result<Cost> run_pipeline(SampleSource& source, SampleLog& log, const fs::path& directory, const std::function<bool(const connectors::PipelineStatus&)>& done) {
  engine::telemetry::OpenIncidents incidents(log.timers());
  connectors::Pipeline pipeline(source.factory(), source.mapping(), log.log(), log.timers(), incidents, source.pipeline_options(directory / "mirror.sqlite"));
  const double cpu = cpu_seconds(), wall = now_seconds();
  log_sync_ns = 0;
  std::thread running([&] { pipeline.run(); });
  bool reached = false;
  for (int i = 0; i < 60'000 && !(reached = done(pipeline.status())); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const auto status = pipeline.status();
  const Cost cost{cpu_seconds() - cpu, now_seconds() - wall, status.stages, double(log_sync_ns) / 1e9};
  const auto error = status.last_error;
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

// What the one thread that does it all spends its time on.
std::vector<std::string> notes(const Cost& all, double transactions) {
  char text[64];
  std::vector<std::string> notes;
  const auto share = [&](const char* stage, double seconds) {
    std::snprintf(text, sizeof text, "%s=%.2f", stage, seconds / all.wall);
    notes.push_back(text);
  };
  const auto seconds = [](std::chrono::nanoseconds t) { return std::chrono::duration<double>(t).count(); };
  const auto& stages = all.stages;
  std::snprintf(text, sizeof text, "transactions_per_s=%.0f", transactions / all.wall);
  notes.push_back(text);
  share("share_read_decode", seconds(stages.read));
  share("share_mirror", seconds(stages.mirror));
  share("share_render", seconds(stages.render));
  share("share_diff", seconds(stages.diff));
  share("share_append", seconds(stages.append) - all.sync);
  share("share_sync", all.sync);
  share("share_rest", all.wall - seconds(stages.read + stages.mirror + stages.render + stages.diff + stages.append));
  return notes;
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
    all.wall += made->wall;
    all.sync += made->sync;
    all.stages.read += made->stages.read;
    all.stages.mirror += made->stages.mirror;
    all.stages.render += made->stages.render;
    all.stages.diff += made->stages.diff;
    all.stages.append += made->stages.append;
  }
  report.notes = notes(all, double(count) * settings.rounds);
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
