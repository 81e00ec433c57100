// How long after COMMIT has returned can a change be read from the feed, fsynced, against a bare program that drains a slot and sees the end of the transaction?
#include "bench/commit_to_feed.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "bench/ingest_run.h"
#include "bench/postgres_sample.h"
#include "connectors/postgres/replication_stream.h"
#include "engine/telemetry/incidents.h"

namespace bench {
namespace {

using connectors::postgres::parse_lsn;
using connectors::postgres::ReplicationStream;
using engine::Result;

constexpr double kTransactionsPerSecond = 1000;
constexpr const char* kProductSlot = "product";
constexpr const char* kBareSlot = "bare";

struct Quantiles {
  double p50 = 0, p99 = 0;  // milliseconds
};
Quantiles quantiles(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  if (all.empty()) return {};
  return {all[all.size() / 2], all[all.size() * 99 / 100]};
}

// `count` transactions at the pace, each a new title of one entry, and when each COMMIT had returned. What falls behind the pace follows at once.
Result<std::vector<double>> write_at_pace(PostgresSample& source, std::size_t count, int round) {
  std::vector<double> committed;
  committed.reserve(count);
  const auto& ids = source.entry_ids();
  const double start = now_seconds();
  for (std::size_t i = 0; i < count; ++i) {
    const double due = start + double(i) / kTransactionsPerSecond;
    if (const double ahead = due - now_seconds(); ahead > 0) std::this_thread::sleep_for(std::chrono::duration<double>(ahead));
    auto done = source.sql().execute("UPDATE elements_sites SET title = 'Bench " + std::to_string(round) + "-" + std::to_string(i) + " ' WHERE \"siteId\" = 1 AND \"elementId\" = " +
                                     ids[i % ids.size()]);
    if (!done) return done.take_error();
    committed.push_back(now_seconds());
  }
  return committed;
}

// When the log had been readable up to which offset.
class Readable {
 public:
  std::size_t appends() const {
    const std::lock_guard lock(mutex_);
    return seen_.size();
  }
  void note(feed::Offset watermark) {
    const double now = now_seconds();
    const std::lock_guard lock(mutex_);
    seen_.emplace_back(watermark.value, now);
  }
  // From each commit to the append that made its change readable.
  Result<std::vector<double>> since(const std::vector<double>& committed, feed::RocksChangeLog& log, feed::Offset from, int round) const {
    const std::lock_guard lock(mutex_);
    const auto title = "Bench " + std::to_string(round) + "-";
    std::vector<double> all;
    auto append = seen_.begin();
    while (from < log.high_watermark()) {
      auto changes = log.read(from, 1U << 20);
      if (!changes) return changes.take_error();
      for (const auto& stored : *changes) {
        from = feed::Offset{stored.offset.value + 1};
        while (append != seen_.end() && append->first < from.value) ++append;
        const auto at = stored.change.parts.list.find(title);
        if (at == std::string::npos || append == seen_.end()) continue;
        const auto number = std::strtoul(stored.change.parts.list.c_str() + at + title.size(), nullptr, 10);
        if (number < committed.size()) all.push_back((append->second - committed[number]) * 1000);
      }
    }
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, double>> seen_;
};

Cost difference(const connectors::StageTimes& after, const connectors::StageTimes& before) {
  Cost cost;
  cost.stages = {after.read - before.read, after.mirror - before.mirror, after.render - before.render, after.diff - before.diff, after.append - before.append};
  return cost;
}

// Microseconds of the one ingesting thread by stage, how long the disk takes for a sync of the log, and how many transactions share one.
std::vector<std::string> stages(const Cost& all, double transactions, std::size_t appends) {
  const auto part = [&](const char* name, std::chrono::nanoseconds time) { return std::string(name) + "_us=" + std::to_string(static_cast<long>(double(time.count()) / 1000 / transactions)); };
  return {part("mirror", all.stages.mirror), part("render", all.stages.render), part("diff", all.stages.diff), part("append", all.stages.append),
          "sync_us_per_append=" + std::to_string(static_cast<long>(all.sync * 1e6 / double(std::max<std::size_t>(appends, 1)))),
          "transactions_per_append=" + std::to_string(transactions / double(std::max<std::size_t>(appends, 1))).substr(0, 4)};
}

// The product: a pipeline that goes on where the last round ended.
Result<Quantiles> product_round(PostgresSample& source, SampleLog& log, const Readable& readable, std::size_t count, int round, Cost& all, std::size_t& appends) {
  auto options = source.pipeline_options();
  options.mirror_file = source.directory() / "product" / "mirror.sqlite";
  engine::telemetry::OpenIncidents incidents(log.timers());
  connectors::Pipeline pipeline(source.factory(kProductSlot), source.mapping(), log.log(), log.timers(), incidents, options);
  std::thread running([&] { pipeline.run(); });
  struct End {
    connectors::Pipeline& pipeline;
    std::thread& running;
    ~End() {
      pipeline.stop();
      running.join();
    }
  } const end{pipeline, running};
  const auto until = [](const auto& condition) {
    for (int i = 0; i < 30'000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  };
  // One change all the way: what the bare rounds left is read, and the connection is up.
  const auto ready = [&] { return pipeline.status().phase == connectors::PipelineStatus::Phase::kStreaming && pipeline.serving(); };
  if (!until(ready)) return engine::fail(engine::Errc::kTimedOut, "the pipeline does not stream: " + pipeline.status().last_error);
  const auto marked = "Mark " + std::to_string(round);
  if (auto done = source.sql().execute("UPDATE elements_sites SET title = '" + marked + "' WHERE \"siteId\" = 1 AND \"elementId\" = " + source.entry_ids()[0]); !done) return done.take_error();
  const auto shown = [&] {
    const auto latest = log.log().latest({"entry", source.entry_ids()[0]});
    const auto stored = latest && *latest ? log.log().read_one((*latest)->offset) : Result<feed::StoredChange>(engine::fail(engine::Errc::kNotFound));
    return stored && stored->change.parts.list.find(marked) != std::string::npos;
  };
  if (!until(shown)) return engine::fail(engine::Errc::kTimedOut, "the pipeline does not catch up");
  settle();
  const auto from = log.log().high_watermark();
  const auto appended = readable.appends();
  const auto before = pipeline.status().stages;
  const double synced = log_sync_seconds();
  auto committed = write_at_pace(source, count, round);
  if (!committed) return committed.take_error();
  if (!until([&] { return log.log().high_watermark().value >= from.value + count; })) return engine::fail(engine::Errc::kTimedOut, "not every change came");
  appends += readable.appends() - appended;
  all.add(difference(pipeline.status().stages, before));
  all.sync += log_sync_seconds() - synced;
  auto waits = readable.since(*committed, log.log(), from, round);
  if (!waits) return waits.take_error();
  if (waits->size() != count) return engine::fail(engine::Errc::kMalformed, std::to_string(waits->size()) + " changes of " + std::to_string(count) + " were found");
  return quantiles(std::move(*waits));
}

// The ceiling: frames are read, and of their messages the first byte.
Result<Quantiles> bare_round(PostgresSample& source, std::size_t count, int round) {
  auto place = source.sql().value("SELECT end_lsn FROM pg_replication_slot_advance('" + std::string(kBareSlot) + "', pg_current_wal_flush_lsn())");
  if (!place) return place.take_error();
  auto from = parse_lsn(*place);
  if (!from) return from.take_error();
  connectors::StopSignal stop;
  auto stream = ReplicationStream::start(source.options(kBareSlot), stop, *from);
  if (!stream) return stream.take_error();
  std::vector<double> ended;
  Result<void> trouble;
  std::thread reading([&] {
    while (trouble && ended.size() < count) {
      auto frame = (*stream)->read(std::chrono::seconds(10));
      if (!frame) trouble = frame.take_error();
      else if (!*frame) trouble = engine::fail(engine::Errc::kTimedOut, "the stream ended early");
      else if ((*frame)->message.starts_with('C')) ended.push_back(now_seconds());
    }
  });
  auto committed = write_at_pace(source, count, round);
  reading.join();
  if (!committed) return committed.take_error();
  if (!trouble) return trouble.take_error();
  std::vector<double> waits;
  for (std::size_t i = 0; i < count; ++i) waits.push_back((ended[i] - (*committed)[i]) * 1000);
  return quantiles(std::move(waits));
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> commit_to_feed(const Settings& settings) {
  auto source = PostgresSample::create(400);
  if (!source) return source.take_error();
  std::filesystem::create_directories((*source)->directory() / "product");
  auto log = SampleLog::open((*source)->directory() / "product");
  if (!log) return log.take_error();
  Readable readable;
  (*log)->log().on_append([&readable](feed::Offset watermark) { readable.note(watermark); });
  const auto count = static_cast<std::size_t>(5000 * settings.scale);
  Cost all;
  std::size_t appends = 0;
  if (auto warm = product_round(**source, **log, readable, 500, 0, all, appends); !warm) return warm.take_error();  // makes the publication, too
  if (auto made = (*source)->sql().value("SELECT pg_create_logical_replication_slot('" + std::string(kBareSlot) + "', 'pgoutput')"); !made) return made.take_error();
  all = {};
  appends = 0;
  Report p50, p99;
  p50.difference = p99.difference = true;
  p50.unit = p99.unit = "ms";
  for (int i = 0; i < settings.rounds; ++i) {
    auto ours = product_round(**source, **log, readable, count, 1 + 2 * i, all, appends);
    if (!ours) return ours.take_error();
    auto bare = bare_round(**source, count, 2 + 2 * i);
    if (!bare) return bare.take_error();
    p50.rounds.push_back({ours->p50, bare->p50});
    p99.rounds.push_back({ours->p99, bare->p99});
  }
  p50.notes = stages(all, double(count) * settings.rounds, appends);
  return std::vector{std::pair{std::string("_p50"), p50}, std::pair{std::string("_p99"), p99}};
}

}  // namespace bench
