#pragma once
// The sample site in a real MariaDB, and real pipelines behind it.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <thread>

#include "app/demo/child_process.h"
#include "app/demo/sample_site.h"
#include "connectors/mariadb/mariadb_source.h"
#include "connectors/pipeline.h"
#include "feed/memory_change_log.h"
#include "tests/connectors/faulty_log.h"
#include "tests/connectors/log_history.h"
#include "tests/support/fake_timers.h"
#include "tests/support/mariadb_server.h"

namespace test {

using namespace std::chrono_literals;
using Phase = connectors::PipelineStatus::Phase;

/// A pipeline on its own thread, ended with the object as a process would: between two steps of its work.
class RunningPipeline {
 public:
  RunningPipeline(connectors::Pipeline::SourceFactory factory, const connectors::Mapping& mapping, feed::ChangeLog& log, const engine::Clock& clock,
                  engine::telemetry::IncidentSink& incidents, connectors::PipelineOptions options)
      : pipeline_(std::move(factory), mapping, log, clock, incidents, std::move(options)), thread_([this] { pipeline_.run(); }) {}
  ~RunningPipeline() {
    pipeline_.stop();
    thread_.join();
  }
  connectors::PipelineStatus status() const { return pipeline_.status(); }
  template <class Condition>
  bool until(Condition condition) const {
    const bool held = app::demo::wait_until(40s, [&] { return condition(pipeline_.status()); });
    const auto now = pipeline_.status();
    if (!held) ADD_FAILURE() << "waited in vain; phase " << name(now.phase) << ", position " << now.position.token << ", trouble: " << now.last_error;
    return held;
  }

 private:
  connectors::Pipeline pipeline_;
  std::thread thread_;
};

class PipelineSite : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new MariaDbServer; }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  void SetUp() override {
    auto loaded = connectors::Mapping::load(std::filesystem::path(MILLRACE_SOURCE_DIR) / "connectors/mappings/craft");
    ASSERT_TRUE(loaded) << loaded.error().detail;
    mapping_ = std::move(*loaded);
    static int sites = 0;
    database_ = "site_" + std::to_string(++sites);
    site_ = open_site(*server_, /*seed=*/1);
    ASSERT_TRUE(site_);
    ASSERT_TRUE(site_->install());
  }

  std::unique_ptr<app::demo::SampleSite> open_site(MariaDbServer& server, std::uint64_t seed) {
    app::demo::SqlAddress address;
    address.socket = server.socket();
    address.database = database_;
    auto site = app::demo::SampleSite::connect(address, {seed});
    EXPECT_TRUE(site);
    if (!site) return nullptr;
    EXPECT_TRUE((*site)->set_now(clock_.wall_now()));
    return std::move(*site);
  }

  /// Time goes on, for the site as for the pipelines.
  void advance(std::chrono::seconds by) {
    clock_.advance(by);
    ASSERT_TRUE(site_->set_now(clock_.wall_now()));
  }
  /// Steps `from` up to `to`, a second apart.
  void play(std::uint64_t from, std::uint64_t to) {
    for (auto n = from; n < to; ++n) {
      advance(1s);
      auto played = site_->step(n);
      ASSERT_TRUE(played) << played.error().detail;
    }
  }
  void sql(const std::string& statement) {
    auto done = site_->sql().run(statement);
    ASSERT_TRUE(done) << done.error().detail << " in: " << statement;
  }

  connectors::MariaDbOptions source_options(std::uint32_t server_id) const {
    connectors::MariaDbOptions options;
    options.name = "cms";
    options.socket = server_->socket();
    options.user = "root";
    options.database = database_;
    options.heartbeat = 200ms;
    options.server_id = server_id;
    return options;
  }
  connectors::Pipeline::SourceFactory factory(std::uint32_t server_id = 71) const {
    return [options = source_options(server_id)](const std::set<std::string>& tables) mutable {
      options.tables = tables;
      return std::make_unique<connectors::MariaDbSource>(options);
    };
  }
  connectors::PipelineOptions options(const std::string& mirror) const {
    connectors::PipelineOptions options;
    options.mirror_file = mirror_file(mirror);
    options.settings = {{"base", "https://sample.example/"}};
    options.patience = 20ms;
    options.idle_position = 0ms;
    options.backoff_base = 10ms;
    options.backoff_cap = 50ms;
    return options;
  }
  std::filesystem::path mirror_file(const std::string& mirror) const { return directory_.path() / (mirror + ".sqlite"); }
  std::unique_ptr<RunningPipeline> start(feed::ChangeLog& log, const std::string& mirror = "mirror", std::uint32_t server_id = 71) {
    return std::make_unique<RunningPipeline>(factory(server_id), mapping_, log, clock_, incidents_, options(mirror));
  }

  /// True once everything the server has committed is in the log.
  static bool caught_up(const RunningPipeline& pipeline) {
    const auto here = ";gtid=" + server_->value("SELECT @@gtid_binlog_pos") + ";";
    return pipeline.until([&](const auto& s) { return s.phase == Phase::kStreaming && s.position.token.find(here) != std::string::npos; });
  }

  /// The feed against what MariaDB says of its own rows.
  void expect_feed_shows_the_database(const feed::ChangeLog& log) {
    auto documents = app::demo::sample_documents(site_->sql());
    ASSERT_TRUE(documents);
    auto found = newest(log);
    for (const auto& document : *documents) {
      const auto at = found.find({document.type, std::to_string(document.id)});
      ASSERT_TRUE(at != found.end() && !at->second.tombstone()) << document.type << " " << document.id << " is missing";
      simdjson::dom::parser parser;
      const simdjson::dom::element item = parser.parse(at->second.parts.list);
      const char* const title = document.type == "variant" ? "sku" : document.type == "order" ? "number" : "title";
      EXPECT_EQ(std::string_view(item[title]), document.title) << named(at->second);
      const auto status = simdjson::dom::element(item["status"]);
      EXPECT_EQ(status.is_null() ? std::string_view() : std::string_view(status), document.status) << named(at->second);
      EXPECT_EQ(at->second.visible.feed, document.in_feed) << named(at->second);
      found.erase(at);
    }
    for (const auto& [key, change] : found) {
      const bool compared = key.type == "entry" || key.type == "product" || key.type == "variant" || key.type == "order";
      EXPECT_TRUE(!compared || change.tombstone()) << named(change) << " is not in the database";
    }
  }

  /// The feed against a first snapshot of the same moment, part by part; and against MariaDB's own word.
  void expect_feed_is_up_to_date(const feed::ChangeLog& log) {
    feed::MemoryChangeLog fresh(99);
    const auto mirror = "fresh" + std::to_string(++fresh_);
    {
      const auto pipeline = start(fresh, mirror, 99);
      ASSERT_TRUE(caught_up(*pipeline));
    }
    expect_same_documents(fresh, log);
    expect_feed_shows_the_database(log);
    expect_nothing_doubled(log);
  }

  bool has_incident(std::string_view code, std::string_view word = {}) const {
    for (const auto& incident : incidents_.open()) {
      if (incident.code == code && incident.detail.find(word) != std::string::npos) return true;
    }
    return false;
  }

  static MariaDbServer* server_;
  TemporaryDirectory directory_;
  FakeTimers clock_;
  engine::telemetry::OpenIncidents incidents_{clock_};
  connectors::Mapping mapping_;
  std::string database_;
  std::unique_ptr<app::demo::SampleSite> site_;
  int fresh_ = 0;
};
inline MariaDbServer* PipelineSite::server_ = nullptr;

}  // namespace test
