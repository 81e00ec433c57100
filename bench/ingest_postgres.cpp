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
  feed::Offset watermark;
};

Result<Before> take_snapshot(PostgresSample& source) {
  Before before{source.directory() / "before", 0, 0, {}};
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
  before.watermark = (*log)->log().high_watermark();
  return before;
}

Result<void> copy_slots(PostgresSample& source, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    for (const char* whose : {"product", "bare", "floor"}) {
      auto copied = source.sql().execute("SELECT pg_copy_logical_replication_slot('" + std::string(kFirstSlot) + "', '" + slot_of(whose, i) + "')");
      if (!copied) return copied;
    }
  }
  return source.sql().execute("SELECT pg_drop_replication_slot('" + std::string(kFirstSlot) + "')");
}

Result<fs::path> fresh_copy(PostgresSample& source, const Before& before) {
  const auto directory = source.directory() / "round";
  fs::remove_all(directory);
  fs::copy(before.directory, directory, fs::copy_options::recursive);
  return directory;
}

// What the last round of the product has appended.
Result<std::vector<feed::Change>> changes_since(PostgresSample& source, const Before& before) {
  auto log = SampleLog::open(source.directory() / "round");
  if (!log) return log.take_error();
  std::vector<feed::Change> changes;
  for (auto from = before.watermark; from < (*log)->log().high_watermark();) {
    auto some = (*log)->log().read(from, 1U << 20);
    if (!some) return some.take_error();
    from.value += some->size();
    for (auto& stored : *some) changes.push_back(std::move(stored.change));
  }
  return changes;
}

// What is left where mirror, SQL and decoding cost nothing: the slot is drained as by the bare program, and every transaction's finished change goes to the
// log with its indexes, in groups as large as the product's largest.
Result<Cost> floor_round(PostgresSample& source, const Before& before, const std::string& slot, const std::vector<feed::Change>& changes) {
  auto directory = fresh_copy(source, before);
  auto log = SampleLog::open(*directory);
  if (!log) return log.take_error();
  settle();
  const std::size_t group = connectors::IngestLimits().group_transactions;
  connectors::StopSignal stop;
  Cost cost;
  const double cpu = cpu_seconds(), wall = now_seconds();
  auto stream = ReplicationStream::start(source.options(slot), stop, before.lsn);
  if (!stream) return stream.take_error();
  std::size_t appended = 0;
  for (std::size_t ended = 0; ended < changes.size();) {
    auto frame = (*stream)->read(std::chrono::seconds(10));
    if (!frame) return frame.take_error();
    if (!*frame) return engine::fail(engine::Errc::kTimedOut, "the stream ended early");
    if ((*frame)->message.starts_with('C')) ++ended;
    if (ended - appended < group && ended < changes.size()) continue;
    auto done = (*log)->log().append(std::span(changes).subspan(appended, ended - appended), {"cms", before.sequence + ended, "floor"});
    if (!done) return done.take_error();
    appended = ended;
  }
  cost.cpu = cpu_seconds() - cpu;
  cost.wall = now_seconds() - wall;
  return cost;
}

Result<Cost> product_round(PostgresSample& source, const Before& before, const std::string& slot, Lsn end) {
  auto copied = fresh_copy(source, before);
  const auto& directory = *copied;
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
  Report time, cpu, floor;
  time.unit = floor.unit = "s/transaction";
  cpu.unit = "cpu_s/transaction";
  Cost all;
  double floor_cpu = 0;
  for (int i = 0; i < settings.rounds; ++i) {
    auto made = product_round(**source, *before, slot_of("product", i), *end);
    if (!made) return made.take_error();
    auto bare = drain_bare(**source, slot_of("bare", i), before->lsn, count);
    if (!bare) return bare.take_error();
    auto changes = changes_since(**source, *before);
    if (!changes) return changes.take_error();
    if (changes->size() != count) return engine::fail(engine::Errc::kMalformed, std::to_string(changes->size()) + " changes of " + std::to_string(count) + " transactions");
    auto least = floor_round(**source, *before, slot_of("floor", i), *changes);
    if (!least) return least.take_error();
    floor.rounds.push_back({least->wall / double(count), bare->wall / double(count)});
    floor_cpu += least->cpu;
    time.rounds.push_back({made->wall / double(count), bare->wall / double(count)});
    cpu.rounds.push_back({made->cpu / double(count), bare->cpu / double(count)});
    all.add(*made);
  }
  time.notes = shares(all, double(count) * settings.rounds);
  char note[64];
  std::snprintf(note, sizeof note, "cpu_s=%.3g", floor_cpu / (double(count) * settings.rounds));
  floor.notes = {note};
  return std::vector{std::pair{std::string(), time}, std::pair{std::string("_cpu"), cpu}, std::pair{std::string("_floor"), floor}};
}

}  // namespace bench
