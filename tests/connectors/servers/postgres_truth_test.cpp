// The recorded messages of pgoutput turn the rows of the state before into the rows of the state after.

#include <gtest/gtest.h>

#include <iostream>

#include "connectors/postgres/postgres_source.h"
#include "connectors/postgres/transaction_reader.h"
#include "connectors/projection.h"
#include "engine/base/text_codec.h"
#include "tests/connectors/servers/table_rows.h"
#include "tests/support/postgres_server.h"

namespace {

using namespace connectors;

std::filesystem::path recording() { return *test::fixtures() / "craft/postgres"; }

class PostgresTruth : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!test::fixtures()) return;
    server_ = new test::PostgresServer;
    for (const std::string state : {"t0", "t1"}) {
      server_->create_database(state);
      server_->load_sql(test::read_file(recording() / (state + ".sql.gz")), state);
      server_->execute(R"(DO $$ DECLARE t regclass; BEGIN
          FOR t IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) LOOP
            EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', t);
          END LOOP; END $$)", state);
    }
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override { MILLRACE_NEEDS_FIXTURES(); }

  static std::unique_ptr<PostgresSource> open(const std::string& database) {
    PostgresOptions options;
    options.host = server_->socket_directory();
    options.port = server_->port();
    options.user = "admin";
    options.database = database;
    options.slot = "truth_" + database;
    auto source = std::make_unique<PostgresSource>(options);
    auto connected = source->connect(std::nullopt);
    EXPECT_TRUE(connected) << connected.error().detail;
    connected = source->connect(source->position());
    EXPECT_TRUE(connected) << connected.error().detail;
    return source;
  }
  static std::vector<Table> all_tables(PostgresSource& source) {
    auto names = source.tables();
    EXPECT_TRUE(names);
    auto tables = source.describe(*names);
    EXPECT_TRUE(tables) << tables.error().detail;
    return *tables;
  }

  static test::PostgresServer* server_;
  test::TemporaryDirectory directory_;
};
test::PostgresServer* PostgresTruth::server_ = nullptr;

TEST_F(PostgresTruth, TheMessagesTurnEveryTableIntoTheStateAfter) {
  const auto before = open("t0"), after = open("t1");
  const auto tables = all_tables(*before);
  EXPECT_EQ(all_tables(*after), tables);
  ASSERT_GT(tables.size(), 100u);
  auto mirror = std::move(*Mirror::open(directory_.path() / "mirror.sqlite"));
  test::copy_tables(*before, tables, *mirror);
  postgres::TransactionReader reader({"craft", "public", "", {}, 8U << 20}, [](std::uint32_t, std::int32_t) { return std::string(); });
  reader.start({"recorded", 1, 0}, 0);
  Projection projection(*mirror);
  std::size_t transactions = 0, applied = 0, completed = 0;  // completed: from the mirror
  ASSERT_TRUE(mirror->begin());
  for (const auto& line : test::read_lines(recording() / "pgoutput.tsv.gz")) {
    auto slice = reader.feed(*engine::from_hex(std::string_view(line).substr(line.rfind('\t') + 1)));
    ASSERT_TRUE(slice) << slice.error().detail;
    if (!*slice) continue;
    transactions += (*slice)->last;
    for (const auto& change : (*slice)->rows) {
      auto row = projection.project(change);
      ASSERT_TRUE(row) << row.error().detail;
      if (!*row) continue;
      ASSERT_TRUE(mirror->apply(**row)) << change.table->name;
      ++applied;
      completed += change.key_only;
    }
  }
  ASSERT_TRUE(mirror->commit());
  std::size_t rows = 0;
  for (const auto& table : tables) {
    const auto told = test::difference(table, test::rows_of(*after, table), test::rows_of(*mirror, table.name));
    if (!told.empty()) ADD_FAILURE() << told;
    rows += static_cast<std::size_t>(mirror->count(table.name).value());
  }
  std::cout << tables.size() << " tables, " << rows << " rows equal; " << transactions << " transactions, " << applied << " row changes, " << completed
            << " of them completed from the mirror\n";
  EXPECT_GT(completed, 0u);
}

}  // namespace
