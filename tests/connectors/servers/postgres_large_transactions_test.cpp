// Large transactions that a real PostgreSQL sends while they run: the same feed as where it sends them once they are committed.

#include "tests/connectors/servers/postgres_site.h"

namespace {

using namespace test;

class PostgresLargeTransactions : public PostgresSite {
 protected:
  static void SetUpTestSuite() { server_ = new PostgresServer({"logical_decoding_work_mem=64kB"}); }
  std::unique_ptr<RunningPipeline> start_streaming(feed::ChangeLog& log) {
    auto source = patient("streaming");
    source.spool_directory = (directory_.path() / "large").string();
    source.slice_bytes = 64U << 10;
    return start(log, "streaming", source);
  }
  std::unique_ptr<RunningPipeline> start_witness(feed::ChangeLog& log) { return start(log, "witness", patient("witness")); }
  /// The site's import alters a table now and then: where a look at the catalogues saw that before a row does, the table would be read again.
  connectors::PostgresOptions patient(const std::string& slot) const {
    auto source = source_options(slot);
    source.shape_check = 1h;
    return source;
  }
  /// Transactions that the server has sent while they ran, from this slot.
  std::uint64_t sent_in_progress(const std::string& slot) {
    server_->execute("SELECT pg_stat_force_next_flush()");
    return std::stoull(server_->value("SELECT stream_txns FROM pg_stat_replication_slots WHERE slot_name = '" + slot + "'"));
  }
  static std::vector<feed::Change> told(const feed::ChangeLog& log) {
    auto all = history(log);
    std::erase_if(all, [](const feed::Change& change) { return change.origin != feed::Origin::kStream; });
    return all;
  }
  static void expect_the_same(const feed::ChangeLog& expected, const feed::ChangeLog& actual) {
    const auto wanted = told(expected), found = told(actual);
    EXPECT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < std::min(found.size(), wanted.size()); ++i) {
      ASSERT_EQ(named(found[i]), named(wanted[i])) << "at " << i;
      ASSERT_EQ(content(found[i]), content(wanted[i])) << named(wanted[i]);
    }
    EXPECT_GT(found.size(), 100u);
  }
};

TEST_F(PostgresLargeTransactions, SentWhileTheyRunAreTheSameFeed) {
  feed::MemoryChangeLog log, witness_log(2);
  const auto witness = start_witness(witness_log);
  const auto pipeline = start_streaming(log);
  ASSERT_TRUE(caught_up(*witness));
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 10);
  // A subtransaction is rolled back in the middle, an inner one is kept, and a small transaction is committed meanwhile.
  const auto retitle = [](const std::string& suffix) { return "UPDATE elements_sites SET title = title || '" + suffix + "'"; };
  for (const auto& sql : {std::string("BEGIN"), retitle(" one"), std::string("SAVEPOINT a"), retitle(" never"), std::string("ROLLBACK TO a"), std::string("SAVEPOINT b"), retitle(" two"),
                          std::string("RELEASE b")}) {
    auto done = site_->sql().run(sql);
    ASSERT_TRUE(done) << done.error().detail;
  }
  server_->execute("UPDATE sections SET name = name || ' small'", "site");
  auto ended = site_->sql().run("COMMIT");
  ASSERT_TRUE(ended) << ended.error().detail;
  server_->execute("BEGIN; " + retitle(" rolled back") + "; ROLLBACK", "site");
  play(10, 20);
  ASSERT_TRUE(caught_up(*witness));
  ASSERT_TRUE(caught_up(*pipeline));
  ASSERT_TRUE(app::demo::wait_until(20s, [&] { return sent_in_progress("slot_streaming") > 0; })) << "nothing was large enough";
  EXPECT_EQ(sent_in_progress("slot_witness"), 0u);
  expect_the_same(witness_log, log);
  expect_same_documents(witness_log, log);
  expect_nothing_doubled(log);
}

// The connection ends while a large transaction is half sent: it comes again from its beginning.
TEST_F(PostgresLargeTransactions, ALostConnectionInTheMiddleLosesNothing) {
  feed::MemoryChangeLog log, witness_log(2);
  const auto witness = start_witness(witness_log);
  const auto pipeline = start_streaming(log);
  ASSERT_TRUE(caught_up(*witness));
  ASSERT_TRUE(caught_up(*pipeline));
  for (int round = 0; round < 5; ++round) {
    auto done = site_->sql().run("BEGIN");
    ASSERT_TRUE(done);
    for (const char* suffix : {" a", " b"}) {
      ASSERT_TRUE(site_->sql().run("UPDATE elements_sites SET title = title || '" + std::string(suffix) + std::to_string(round) + "'"));
      const auto sessions = pipeline->status().sessions;
      server_->execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'slot_streaming' AND active_pid IS NOT NULL");
      ASSERT_TRUE(pipeline->until([&](const auto& s) { return s.sessions > sessions && s.phase == Phase::kStreaming; }));
    }
    ASSERT_TRUE(site_->sql().run("COMMIT"));
  }
  ASSERT_TRUE(caught_up(*witness));
  ASSERT_TRUE(caught_up(*pipeline));
  ASSERT_TRUE(app::demo::wait_until(20s, [&] { return sent_in_progress("slot_streaming") > 0; })) << "nothing was large enough";
  expect_the_same(witness_log, log);
  expect_nothing_doubled(log);
}

}  // namespace
