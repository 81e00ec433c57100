// Between the pipeline and a real database stands a proxy that loses connections at any byte of either direction, or falls silent.

#include <random>

#include "tests/connectors/servers/postgres_site.h"
#include "tests/support/cutting_proxy.h"

namespace {

using namespace test;
using Fault = CuttingProxy::Fault;

/// Faults drawn from a seed while there are any left; then connections are left alone. Threads: any.
class Faults {
 public:
  explicit Faults(std::uint64_t seed) : dice_(seed) {}
  /// The next `count` connections come to an end.
  void give(unsigned count) {
    const std::lock_guard lock(mutex_);
    left_ = count;
  }
  bool used_up() const {
    const std::lock_guard lock(mutex_);
    return left_ == 0;
  }
  std::optional<Fault> next() {
    const std::lock_guard lock(mutex_);
    if (left_ == 0) return std::nullopt;
    --left_;
    Fault fault;
    fault.way = dice_() % 3 == 0 ? Fault::Way::kToServer : Fault::Way::kToClient;
    // As many ends within the first bytes, where a connection is made, as among rows.
    const auto bits = 1 + dice_() % (fault.way == Fault::Way::kToServer ? 13 : 17);
    fault.after_bytes = dice_() % (std::uint64_t{1} << bits);
    fault.reset = dice_() % 2 == 0;
    return fault;
  }

 private:
  mutable std::mutex mutex_;
  std::mt19937_64 dice_;
  unsigned left_ = 0;
};

constexpr unsigned kCuts = 25;          // of the first copy, and again of the stream
constexpr auto kFewRows = std::size_t{20};  // a chunk, so that a copy is many answers

std::vector<std::string> streamed(const feed::ChangeLog& log) {
  std::vector<std::string> told;
  for (const auto& change : history(log)) {
    if (change.origin == feed::Origin::kStream) told.push_back(named(change));
    EXPECT_NE(change.origin, feed::Origin::kResnapshot) << named(change) << ": a lost connection is no reason for a new snapshot";
  }
  return told;
}

/// The pipeline makes its first copy and follows the stream, losing connections all the time; a witness does not.
template <class Site>
void lose_connections(Site& site, std::uint64_t seed) {
  Faults faults(seed);
  CuttingProxy proxy(site.server_port(), [&] { return faults.next(); });
  feed::MemoryChangeLog log, witness_log(2);
  const auto witness = site.begin_witness(witness_log);
  ASSERT_TRUE(site.is_caught_up(*witness));

  faults.give(kCuts);
  const auto pipeline = site.begin(log, proxy.port());
  ASSERT_TRUE(pipeline->until([&](const auto& s) { return faults.used_up() && s.phase == Phase::kStreaming; }));
  ASSERT_TRUE(site.is_caught_up(*pipeline));
  EXPECT_GE(proxy.ended(), kCuts / 2) << "few ends were reached: the faults are too far out";
  const auto of_copy = proxy.ended();

  std::uint64_t steps = 0;
  faults.give(kCuts);
  proxy.close_all();
  ASSERT_TRUE(app::demo::wait_until(120s, [&] {
    site.steps(steps, steps + 2);
    steps += 2;
    return faults.used_up();
  }));
  site.steps(steps, steps + 20);
  ASSERT_TRUE(site.is_caught_up(*pipeline));
  EXPECT_GE(proxy.ended(), of_copy + kCuts / 2);

  // Nobody is told: the source finds the server silent, and the server still holds the stream of the lost connection.
  const auto sessions = pipeline->status().sessions;
  proxy.silence_all();
  site.steps(steps + 20, steps + 40);
  ASSERT_TRUE(site.is_caught_up(*pipeline));
  EXPECT_GT(pipeline->status().sessions, sessions);

  ASSERT_TRUE(site.is_caught_up(*witness));
  EXPECT_EQ(streamed(log), streamed(witness_log));
  EXPECT_GE(streamed(log).size(), 20u);
  expect_same_documents(witness_log, log);
  expect_nothing_doubled(log);
}

class CutPostgres : public PostgresSite {
 public:
  static void SetUpTestSuite() {
    server_ = new PostgresServer;
    server_->execute("CREATE ROLE proxied LOGIN SUPERUSER REPLICATION PASSWORD 'through-the-proxy'");
  }
  std::uint16_t server_port() const { return server_->port(); }
  std::unique_ptr<RunningPipeline> begin_witness(feed::ChangeLog& log) { return start(log, "witness", patient("witness")); }
  std::unique_ptr<RunningPipeline> begin(feed::ChangeLog& log, std::uint16_t port) {
    auto source = patient("cut");
    source.host = "127.0.0.1";
    source.port = port;
    source.user = "proxied";
    source.password = engine::Secret("through-the-proxy");
    source.connect_timeout = source.query_timeout = 2s;
    return start(log, "cut", source, kFewRows);
  }
  bool is_caught_up(const RunningPipeline& pipeline) { return caught_up(pipeline); }
  void steps(std::uint64_t from, std::uint64_t to) { play(from, to); }

 private:
  /// The site's import alters a table now and then: where a look at the catalogues saw that before a row does, the table would be read again.
  connectors::PostgresOptions patient(const std::string& slot) const {
    auto source = source_options(slot);
    source.shape_check = 1h;
    return source;
  }
};

TEST_F(CutPostgres, LostConnectionsLoseAndDoubleNothing) { lose_connections(*this, 11); }

class CutMariaDb : public PipelineSite {
 public:
  static void SetUpTestSuite() {
    PipelineSite::SetUpTestSuite();
    server_->execute("CREATE USER 'proxied'@'127.0.0.1' IDENTIFIED BY 'through-the-proxy'");
    server_->execute("CREATE USER 'proxied'@'localhost' IDENTIFIED BY 'through-the-proxy'");
    server_->execute("GRANT ALL ON *.* TO 'proxied'@'127.0.0.1'");
    server_->execute("GRANT ALL ON *.* TO 'proxied'@'localhost'");
    server_->execute("SET GLOBAL max_connect_errors = 100000");  // handshakes that end early are no attack here
  }
  std::uint16_t server_port() const { return server_->port(); }
  std::unique_ptr<RunningPipeline> begin_witness(feed::ChangeLog& log) { return start(log, "witness", 72); }
  std::unique_ptr<RunningPipeline> begin(feed::ChangeLog& log, std::uint16_t port) {
    auto source = source_options(73);
    source.socket.clear();
    source.host = "127.0.0.1";
    source.port = port;
    source.user = "proxied";
    source.password = engine::Secret("through-the-proxy");
    source.connect_timeout = source.query_timeout = 2s;
    auto cut = options("cut");
    cut.chunk_rows = kFewRows;
    const auto factory = [source](const std::set<std::string>& tables) {
      auto captured = source;
      captured.tables = tables;
      return std::make_unique<connectors::MariaDbSource>(captured);
    };
    return std::make_unique<RunningPipeline>(factory, mapping_, log, clock_, incidents_, cut);
  }
  bool is_caught_up(const RunningPipeline& pipeline) { return caught_up(pipeline); }
  void steps(std::uint64_t from, std::uint64_t to) { play(from, to); }
};

TEST_F(CutMariaDb, LostConnectionsLoseAndDoubleNothing) { lose_connections(*this, 12); }

}  // namespace
