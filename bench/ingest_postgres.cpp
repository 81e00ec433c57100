// What does it cost to bring a transaction from the WAL into the feed, fsynced, against draining the same slot without decoding?
#include "bench/ingest_postgres.h"

#include "bench/ingest_run.h"
#include "bench/postgres_sample.h"
#include "connectors/postgres/replication_stream.h"

namespace bench {
namespace {

using connectors::postgres::Lsn;
using connectors::postgres::parse_lsn;
using connectors::postgres::parse_wal_position;
using connectors::postgres::ReplicationStream;
using engine::Result;
namespace fs = std::filesystem;

constexpr const char* kFirstSlot = "bench";

// A round takes in what it reads, so each has slots of its own, which hold the same.
std::string slot_of(const char* whose, int round) { return std::string(whose) + "_" + std::to_string(round); }

// `count` transactions, each a new title of one entry. Returns a place inside the last one.
Result<Lsn> write_changes(PostgresSample& source, std::size_t count) {
  const auto& ids = source.entry_ids();
  Result<std::string> before_last;
  for (std::size_t i = 0; i < count; ++i) {
    if (i + 1 == count) before_last = source.sql().value("SELECT pg_current_wal_insert_lsn()");
    auto done = source.sql().execute("UPDATE elements_sites SET title = 'Benchmark " + std::to_string(i) + "', \"dateUpdated\" = now() WHERE \"siteId\" = 1 AND \"elementId\" = " +
                                     ids[i % ids.size()]);
    if (!done) return done.take_error();
  }
  if (!before_last) return before_last.take_error();
  auto place = parse_lsn(*before_last);
  if (!place) return place.take_error();
  return *place + 1;
}

// Reads frames until `count` transactions have ended; nothing of them is looked at but the message's kind.
Result<Cost> drain_bare(PostgresSample& source, const std::string& slot, Lsn from, std::size_t count) {
  connectors::StopSignal stop;
  Cost cost;
  const double cpu = cpu_seconds(), wall = now_seconds();
  auto stream = ReplicationStream::start(source.options(slot), stop, from);
  if (!stream) return stream.take_error();
  for (std::size_t ended = 0; ended < count;) {
    auto frame = (*stream)->read(std::chrono::seconds(10));
    if (!frame) return frame.take_error();
    if (!*frame) return engine::fail(engine::Errc::kTimedOut, "the stream ended early");
    if ((*frame)->message.starts_with('C')) ++ended;
  }
  cost.cpu = cpu_seconds() - cpu;
  cost.wall = now_seconds() - wall;
  return cost;
}

// Mirror and log as they were before the changes were written, for one round.
struct Before {
  fs::path directory;
  std::uint64_t sequence = 0;
  Lsn lsn = 0;
};

Result<Before> take_snapshot(PostgresSample& source) {
  Before before{source.directory() / "before", 0, 0};
  fs::create_directories(before.directory);
  auto log = SampleLog::open(before.directory);
  if (!log) return log.take_error();
  const auto streaming = [](const connectors::PipelineStatus& s) { return s.phase == connectors::PipelineStatus::Phase::kStreaming && s.serving; };
  if (auto run = run_pipeline({source.factory(kFirstSlot), source.mapping(), source.pipeline_options()}, **log, before.directory, streaming); !run) return run.take_error();
  auto position = (*log)->log().position("cms");
  if (!position) return position.take_error();
  auto place = parse_wal_position((*position)->token);
  if (!place) return place.take_error();
  before.sequence = (*position)->sequence;
  before.lsn = place->lsn;
  return before;
}

Result<void> copy_slots(PostgresSample& source, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    for (const char* whose : {"product", "bare"}) {
      auto copied = source.sql().execute("SELECT pg_copy_logical_replication_slot('" + std::string(kFirstSlot) + "', '" + slot_of(whose, i) + "')");
      if (!copied) return copied;
    }
  }
  return source.sql().execute("SELECT pg_drop_replication_slot('" + std::string(kFirstSlot) + "')");
}

Result<Cost> product_round(PostgresSample& source, const Before& before, const std::string& slot, Lsn end) {
  const auto directory = source.directory() / "round";
  fs::remove_all(directory);
  fs::copy(before.directory, directory, fs::copy_options::recursive);
  auto log = SampleLog::open(directory);
  if (!log) return log.take_error();
  settle();
  const auto target = before.sequence + (end - before.lsn);  // every byte counts
  return run_pipeline({source.factory(slot), source.mapping(), source.pipeline_options()}, **log, directory,
                      [target](const connectors::PipelineStatus& s) { return s.position.sequence >= target; });
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> ingest_postgres(const Settings& settings) {
  auto source = PostgresSample::create(400);
  if (!source) return source.take_error();
  auto before = take_snapshot(**source);
  if (!before) return before.take_error();
  if (auto copied = copy_slots(**source, settings.rounds); !copied) return copied.take_error();
  const auto count = static_cast<std::size_t>(20'000 * settings.scale);
  auto end = write_changes(**source, count);
  if (!end) return end.take_error();
  Report time, cpu;
  time.unit = "s/transaction";
  cpu.unit = "cpu_s/transaction";
  Cost all;
  for (int i = 0; i < settings.rounds; ++i) {
    auto made = product_round(**source, *before, slot_of("product", i), *end);
    if (!made) return made.take_error();
    auto bare = drain_bare(**source, slot_of("bare", i), before->lsn, count);
    if (!bare) return bare.take_error();
    time.rounds.push_back({made->wall / double(count), bare->wall / double(count)});
    cpu.rounds.push_back({made->cpu / double(count), bare->cpu / double(count)});
    all.add(*made);
  }
  time.notes = shares(all, double(count) * settings.rounds);
  return std::vector{std::pair{std::string(), time}, std::pair{std::string("_cpu"), cpu}};
}

}  // namespace bench
