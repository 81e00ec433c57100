// Real pipelines behind a real PostgreSQL with the sample site: cut connections, a restart, a slot that is dropped under load, altered tables.

#include "connectors/postgres/lsn.h"
#include "connectors/postgres/postgres_source.h"
#include "connectors/postgres/slot.h"
#include "engine/runtime/timers.h"
#include "tests/connectors/servers/pipeline_site.h"
#include "tests/support/postgres_server.h"

namespace {

using namespace test;

/// Every incident that was ever reported.
class AllIncidents : public engine::telemetry::IncidentSink {
 public:
  void report(std::string_view code, engine::telemetry::Severity, std::string_view detail) override {
    const std::lock_guard lock(mutex_);
    reported_[std::string(code)] = detail;
  }
  void resolve(std::string_view) override {}
  std::string detail(const std::string& code) const {
    const std::lock_guard lock(mutex_);
    const auto found = reported_.find(code);
    return found == reported_.end() ? std::string() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> reported_;
};

class PostgresPipeline : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new PostgresServer; }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    auto loaded = connectors::Mapping::load(std::filesystem::path(MILLRACE_SOURCE_DIR) / "connectors/mappings/craft");
    ASSERT_TRUE(loaded) << loaded.error().detail;
    mapping_ = std::move(*loaded);
    server_->create_database("site");
    open_site();
    auto installed = site_->install();
    ASSERT_TRUE(installed) << installed.error().detail;
  }
  void TearDown() override { site_.reset(); }

  void open_site() {
    app::demo::SqlAddress address;
    address.kind = app::demo::SqlKind::kPostgres;
    address.socket = server_->socket_directory();
    address.port = server_->port();
    address.user = "admin";
    address.database = "site";
    auto site = app::demo::SampleSite::connect(address, {});
    ASSERT_TRUE(site) << site.error().detail;
    site_ = std::move(*site);
  }
  void play(std::uint64_t from, std::uint64_t to) {
    for (auto n = from; n < to; ++n) {
      auto played = site_->step(n);
      ASSERT_TRUE(played) << played.error().detail;
    }
  }
  std::unique_ptr<RunningPipeline> start(feed::ChangeLog& log, const std::string& name = "first") {
    connectors::PostgresOptions source;
    source.name = "cms";
    source.host = server_->socket_directory();
    source.port = server_->port();
    source.user = "admin";
    source.database = "site";
    source.slot = "slot_" + name;
    source.heartbeat = 200ms;
    source.shape_check = 200ms;
    connectors::PipelineOptions options;
    options.mirror_file = directory_.path() / (name + ".sqlite");
    options.settings = {{"base", "https://sample.example/"}};
    options.chunk_rows = 50;
    options.patience = 20ms;
    options.idle_position = 0ms;
    options.acknowledge_every = 100ms;
    options.backoff_base = 10ms;
    options.backoff_cap = 50ms;
    const auto factory = [source](const std::set<std::string>& tables) mutable {
      source.tables = tables;
      return std::make_unique<connectors::PostgresSource>(source);
    };
    return std::make_unique<RunningPipeline>(factory, mapping_, log, clock_, incidents_, options);
  }
  /// True once everything the server has committed is in the log.
  bool caught_up(const RunningPipeline& pipeline) {
    const auto here = connectors::postgres::parse_lsn(server_->value("SELECT pg_current_wal_flush_lsn()"));
    return pipeline.until([&](const auto& s) {
      const auto at = connectors::postgres::parse_wal_position(s.position.token);
      return s.phase == Phase::kStreaming && at && at->lsn >= *here;
    });
  }
  /// The feed against a first snapshot of the same moment, and against the database's own word.
  void expect_feed_is_up_to_date(const feed::ChangeLog& log) {
    feed::MemoryChangeLog fresh(99);
    {
      const auto pipeline = start(fresh, "fresh");
      ASSERT_TRUE(caught_up(*pipeline));
    }
    expect_same_documents(fresh, log);
    expect_nothing_doubled(log);
    auto documents = app::demo::sample_documents(site_->sql());
    ASSERT_TRUE(documents) << documents.error().detail;
    auto found = newest(log);
    for (const auto& document : *documents) {
      const auto at = found.find({document.type, std::to_string(document.id)});
      ASSERT_TRUE(at != found.end() && !at->second.tombstone()) << document.type << " " << document.id << " is missing";
      simdjson::dom::parser parser;
      const simdjson::dom::element item = parser.parse(at->second.parts.list);
      EXPECT_EQ(std::string_view(item[document.type == "variant" ? "sku" : document.type == "order" ? "number" : "title"]), document.title) << named(at->second);
    }
  }
  /// Although it is streamed, as an administrator would whose disk is full.
  void drop_slot() {
    connectors::PostgresOptions options;
    options.host = server_->socket_directory();
    options.port = server_->port();
    options.user = "admin";
    options.database = "site";
    connectors::StopSignal stop;
    using connectors::postgres::Connection;
    auto connection = Connection::open(options, stop, Connection::Purpose::kQueries);
    ASSERT_TRUE(connection) << connection.error().detail;
    auto dropped = connectors::postgres::drop_slot(**connection, "slot_first", true);
    ASSERT_TRUE(dropped) << dropped.error().detail;
  }
  std::size_t resnapshots(const feed::ChangeLog& log) const {
    std::size_t count = 0;
    for (const auto& change : history(log)) count += change.origin == feed::Origin::kResnapshot;
    return count;
  }

  static PostgresServer* server_;
  TemporaryDirectory directory_;
  engine::SystemTimers clock_;  // commits are the server's, at its own time
  AllIncidents incidents_;
  connectors::Mapping mapping_;
  std::unique_ptr<app::demo::SampleSite> site_;
};
PostgresServer* PostgresPipeline::server_ = nullptr;

TEST_F(PostgresPipeline, TheFeedFollowsTheSite) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 150);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_GT(history(log).size(), 150u);
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, ASnapshotUnderLoadMissesNothing) {
  play(0, 20);
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  play(20, 120);
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, CutConnectionsLoseAndDoubleNothing) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto sessions = pipeline->status().sessions;
  for (std::uint64_t n = 0; n < 60; n += 6) {
    play(n, n + 6);
    server_->execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'millrace'");
  }
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_GT(pipeline->status().sessions, sessions);
  EXPECT_EQ(resnapshots(log), 0u) << "the stream was resumed where it stood";
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, ACrashOfTheServerIsResumedFrom) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 20);
  site_.reset();
  server_->kill();
  ASSERT_TRUE(pipeline->until([](const auto& s) { return s.phase == Phase::kWaiting; }));
  server_->restart();
  open_site();
  play(20, 40);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_EQ(resnapshots(log), 0u);
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, ASlotDroppedUnderLoadYieldsRealDifferencesOnlyAndAnIncident) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 30);
  ASSERT_TRUE(caught_up(*pipeline));
  drop_slot();
  play(30, 60);
  ASSERT_TRUE(pipeline->until([&](const auto&) { return !incidents_.detail("source_snapshot_again").empty(); }));
  play(60, 80);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_NE(incidents_.detail("source_snapshot_again").find("slot"), std::string::npos) << incidents_.detail("source_snapshot_again");
  EXPECT_LT(resnapshots(log), 120u) << "what did not change is not told again";
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, AlteredTablesAreReadAgain) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  // No row is logged, and every title is another one.
  auto altered = site_->sql().run("ALTER TABLE elements_sites ALTER COLUMN title TYPE varchar(255) USING upper(title)");
  ASSERT_TRUE(altered) << altered.error().detail;
  const auto shouting = [&] {
    for (const auto& [key, change] : newest(log)) {
      if (key.type != "product" || change.tombstone()) continue;
      simdjson::dom::parser parser;
      const std::string title(std::string_view(simdjson::dom::element(parser.parse(change.parts.list))["title"]));
      return title.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
    }
    return false;
  };
  ASSERT_TRUE(pipeline->until([&](const auto& s) { return s.phase == Phase::kStreaming && shouting(); }));
  play(0, 20);
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

}  // namespace
