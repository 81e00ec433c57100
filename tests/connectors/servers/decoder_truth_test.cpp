// The recorded binlog, decoded, its cascades derived, turns the rows of the state before into the rows of the state after.

#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "connectors/mariadb/binlog_file.h"
#include "connectors/mariadb/connection.h"
#include "connectors/mariadb/mariadb_source.h"
#include "connectors/mariadb/schema_reader.h"
#include "connectors/mariadb/transaction_assembler.h"
#include "connectors/mirror/cascade.h"
#include "connectors/projection.h"
#include "tests/connectors/servers/table_rows.h"
#include "tests/support/fixtures.h"
#include "tests/support/mariadb_server.h"

namespace {

using namespace connectors;

std::filesystem::path recording() { return *test::fixtures() / "craft/mariadb"; }

MariaDbOptions options_for(test::MariaDbServer& server, const std::string& database) {
  MariaDbOptions options;
  options.socket = server.socket();
  options.user = "root";
  options.database = database;
  return options;
}

/// What was applied, by kind.
struct Applied {
  std::size_t transactions = 0;
  std::size_t logged = 0;   ///< row changes that stand in the log
  std::size_t derived = 0;  ///< row changes that foreign keys made of them
};

class DecoderTruth : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!test::fixtures()) return;
    server_ = new test::MariaDbServer;
    for (const std::string state : {"t0", "t1"}) {
      server_->execute("CREATE DATABASE " + state + " CHARACTER SET utf8mb4");
      server_->load_sql(test::read_file(recording() / (state + ".sql.gz")), state);
    }
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    MILLRACE_NEEDS_FIXTURES();
    before_ = std::make_unique<MariaDbSource>(options_for(*server_, "t0"));
    after_ = std::make_unique<MariaDbSource>(options_for(*server_, "t1"));
    mirror_ = std::move(*Mirror::open(directory_.path() / "mirror.sqlite"));
    auto names = before_->tables();
    ASSERT_TRUE(names);
    auto tables = before_->describe(*names);
    ASSERT_TRUE(tables) << tables.error().detail;
    tables_ = std::move(*tables);
    test::copy_tables(*before_, tables_, *mirror_);
  }

  /// Runs the recorded log over the mirror, through the foreign keys of the schema where `derive`.
  Applied replay(bool derive) {
    Applied applied;
    auto keys = before_->foreign_keys();
    EXPECT_TRUE(keys);
    auto cascade = Cascade::create(*mirror_, derive ? *keys : std::vector<ForeignKey>{});
    EXPECT_TRUE(cascade);
    StopSignal stop;
    auto connection = MariaDbConnection::open(options_for(*server_, "t0"), stop);
    EXPECT_TRUE(connection);
    SchemaReader schema(**connection, options_for(*server_, "t0"));
    TransactionAssembler assembler({"craft", "craft", "", {}, 8U << 20}, schema);
    assembler.start({}, 0);
    Projection projection(*mirror_);
    EXPECT_TRUE(mirror_->begin());
    for (const char* name : {"binlog.000008.gz", "binlog.000009.gz"}) {
      feed_file(test::read_file(recording() / "binlog" / name), assembler, projection, *cascade, applied);
    }
    EXPECT_TRUE(mirror_->commit());
    return applied;
  }

  void feed_file(const std::string& bytes, TransactionAssembler& assembler, Projection& projection, const Cascade& cascade, Applied& applied) {
    BinlogFile file(bytes);
    for (;;) {
      auto event = file.next();
      ASSERT_TRUE(event) << event.error().detail;
      if (!*event) return;
      auto slice = assembler.feed(**event);
      ASSERT_TRUE(slice) << slice.error().detail;
      if (!*slice) continue;
      applied.transactions += (*slice)->last;
      for (const auto& change : (*slice)->rows) take(change, projection, cascade, applied);
      if (HasFatalFailure()) return;
    }
  }

  void take(const RowChange& change, Projection& projection, const Cascade& cascade, Applied& applied) {
    auto row = projection.project(change);
    ASSERT_TRUE(row) << row.error().detail;
    if (!*row) return;
    auto all = cascade.expand(**row);
    ASSERT_TRUE(all) << all.error().detail;
    ++applied.logged;
    applied.derived += all->size() - 1;
    for (const auto& step : *all) ASSERT_TRUE(mirror_->apply(step)) << change.table->name;
  }

  std::vector<std::string> differing_tables() {
    std::vector<std::string> differing;
    for (const auto& table : tables_) {
      const auto told = test::difference(table, test::rows_of(*after_, table), test::rows_of(*mirror_, table.name));
      if (!told.empty()) differing.push_back(told);
    }
    return differing;
  }

  static test::MariaDbServer* server_;
  test::TemporaryDirectory directory_;
  std::unique_ptr<MariaDbSource> before_, after_;
  std::unique_ptr<Mirror> mirror_;
  std::vector<Table> tables_;
};
test::MariaDbServer* DecoderTruth::server_ = nullptr;

TEST_F(DecoderTruth, TheLogWithItsCascadesTurnsEveryTableIntoTheStateAfter) {
  const auto applied = replay(/*derive=*/true);
  for (const auto& told : differing_tables()) ADD_FAILURE() << told;
  std::size_t rows = 0;
  for (const auto& table : tables_) rows += static_cast<std::size_t>(mirror_->count(table.name).value());
  std::cout << tables_.size() << " tables, " << rows << " rows equal; " << applied.transactions << " transactions, " << applied.logged << " logged row changes, "
            << applied.derived << " derived\n";
  EXPECT_GT(applied.derived, 0u);
}

TEST_F(DecoderTruth, TheLogAloneDoesNot) {
  replay(/*derive=*/false);
  EXPECT_FALSE(differing_tables().empty());
}

TEST_F(DecoderTruth, BothStatesHaveTheSameTables) {
  auto names = after_->tables();
  ASSERT_TRUE(names);
  auto tables = after_->describe(*names);
  ASSERT_TRUE(tables);
  EXPECT_EQ(*tables, tables_);
  EXPECT_GT(tables_.size(), 100u);
}

}  // namespace
