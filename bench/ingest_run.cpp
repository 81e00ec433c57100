#include "bench/ingest_run.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "engine/telemetry/incidents.h"

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

using engine::Result;

void Cost::add(const Cost& other) {
  cpu += other.cpu;
  wall += other.wall;
  sync += other.sync;
  stages.read += other.stages.read;
  stages.mirror += other.stages.mirror;
  stages.render += other.stages.render;
  stages.diff += other.stages.diff;
  stages.append += other.stages.append;
}

Result<Cost> run_pipeline(IngestSetup setup, SampleLog& log, const std::filesystem::path& directory,
                          const std::function<bool(const connectors::PipelineStatus&)>& done) {
  setup.options.mirror_file = directory / "mirror.sqlite";
  engine::telemetry::OpenIncidents incidents(log.timers());
  connectors::Pipeline pipeline(setup.factory, setup.mapping, log.log(), log.timers(), incidents, setup.options);
  const double cpu = cpu_seconds(), wall = now_seconds();
  log_sync_ns = 0;
  std::thread running([&] { pipeline.run(); });
  bool reached = false;
  for (int i = 0; i < 60'000 && !(reached = done(pipeline.status())); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const auto status = pipeline.status();
  Cost cost;
  cost.cpu = cpu_seconds() - cpu;
  cost.wall = now_seconds() - wall;
  cost.stages = status.stages;
  cost.sync = double(log_sync_ns) / 1e9;
  const auto error = status.last_error;
  pipeline.stop();
  running.join();
  if (!reached) return engine::fail(engine::Errc::kTimedOut, "the pipeline did not catch up: " + error);
  return cost;
}

double log_sync_seconds() { return double(log_sync_ns) / 1e9; }

std::vector<std::string> shares(const Cost& all, double transactions) {
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

}  // namespace bench
