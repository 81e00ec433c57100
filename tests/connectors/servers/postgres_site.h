#pragma once
// The sample site in a real PostgreSQL, and real pipelines behind it.

#include "connectors/postgres/lsn.h"
#include "connectors/postgres/postgres_source.h"
#include "connectors/postgres/slot.h"
#include "engine/runtime/timers.h"
#include "tests/connectors/servers/pipeline_site.h"
#include "tests/support/postgres_server.h"

namespace test {

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

class PostgresSite : public ::testing::Test {
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

  void open_site() { open_site(*server_); }
  void open_site(const PostgresServer& server) {
    app::demo::SqlAddress address;
    address.kind = app::demo::SqlKind::kPostgres;
    address.socket = server.socket_directory();
    address.port = server.port();
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
  connectors::PostgresOptions source_options(const std::string& slot) const {
    connectors::PostgresOptions source;
    source.name = "cms";
    source.host = server_->socket_directory();
    source.port = server_->port();
    source.user = "admin";
    source.database = "site";
    source.slot = "slot_" + slot;
    source.heartbeat = 200ms;
    source.shape_check = 200ms;
    return source;
  }
  std::unique_ptr<RunningPipeline> start(feed::ChangeLog& log, const std::string& name = "first") { return start(log, name, source_options(name)); }
  std::unique_ptr<RunningPipeline> start(feed::ChangeLog& log, const std::string& name, const connectors::PostgresOptions& source, std::size_t chunk_rows = 50) {
    return start(log, name, [source] { return source; }, chunk_rows);
  }
  /// `source`: asked on the pipeline's thread for every session.
  std::unique_ptr<RunningPipeline> start(feed::ChangeLog& log, const std::string& name, std::function<connectors::PostgresOptions()> source, std::size_t chunk_rows) {
    connectors::PipelineOptions options;
    options.mirror_file = directory_.path() / (name + ".sqlite");
    options.settings = {{"base", "https://sample.example/"}};
    options.chunk_rows = chunk_rows;
    options.patience = 20ms;
    options.idle_position = 0ms;
    options.acknowledge_every = 100ms;
    options.backoff_base = 10ms;
    options.backoff_cap = 50ms;
    const auto factory = [source](const std::set<std::string>& tables) {
      auto captured = source();
      captured.tables = tables;
      return std::make_unique<connectors::PostgresSource>(captured);
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
    const auto options = source_options("first");
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
inline PostgresServer* PostgresSite::server_ = nullptr;

}  // namespace test
