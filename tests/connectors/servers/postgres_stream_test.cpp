// The stream and the chunks of a real PostgreSQL: transactions, types, large values, shapes, slots, TLS, and what must be refused.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "app/demo/child_process.h"
#include "app/demo/server_process.h"
#include "connectors/postgres/doctor.h"
#include "connectors/postgres/postgres_source.h"
#include "connectors/postgres/replication_stream.h"
#include "connectors/postgres/slot.h"
#include "connectors/postgres/wal_budget.h"
#include "connectors/projection.h"
#include "tests/connectors/servers/table_rows.h"
#include "tests/support/certificates.h"
#include "tests/support/postgres_server.h"

namespace {

using namespace std::chrono_literals;
using namespace connectors;
using engine::Errc;

class PostgresStream : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new test::PostgresServer; }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    server_->create_database("shop");
    sql("CREATE TABLE item (id int PRIMARY KEY, name varchar(50), blob text)");
  }
  static void sql(const std::string& text) { server_->execute(text, "shop"); }
  static PostgresOptions options() {
    PostgresOptions o;
    o.host = server_->socket_directory();
    o.port = server_->port();
    o.user = "admin";
    o.database = "shop";
    o.slot = "shop_slot";
    o.heartbeat = 200ms;
    return o;
  }
  /// Connected behind everything that was committed so far.
  static std::unique_ptr<PostgresSource> open(PostgresOptions with = options()) {
    auto source = std::make_unique<PostgresSource>(std::move(with));
    auto connected = source->connect(std::nullopt);
    EXPECT_TRUE(connected) << connected.error().detail;
    auto names = source->tables();
    EXPECT_TRUE(names);
    EXPECT_TRUE(source->describe(*names));
    connected = source->connect(source->position());
    EXPECT_TRUE(connected) << connected.error().detail;
    return source;
  }
  static std::optional<Slice> take(PostgresSource& source) {
    for (int i = 0; i < 100; ++i) {
      auto slice = source.next(200ms);
      if (!slice) {
        ADD_FAILURE() << slice.error().detail;
        return std::nullopt;
      }
      if (*slice) return std::move(*slice);
    }
    ADD_FAILURE() << "no slice came";
    return std::nullopt;
  }
  static std::optional<engine::Error> fails(PostgresSource& source) {
    for (int i = 0; i < 100; ++i) {
      auto slice = source.next(200ms);
      if (!slice) return slice.error();
    }
    return std::nullopt;
  }
  static Table described(PostgresSource& source, const std::string& name) {
    auto tables = source.describe({name});
    EXPECT_TRUE(tables && tables->size() == 1) << name;
    return tables && !tables->empty() ? tables->front() : Table{};
  }
  /// A mirror that copies `table` and then follows the stream until `rows` slices have come.
  static std::unique_ptr<Mirror> mirror_of(PostgresSource& source, const std::filesystem::path& file, const Table& table) {
    auto mirror = std::move(*Mirror::open(file));
    test::copy_tables(source, {table}, *mirror);
    return mirror;
  }
  static void apply(Mirror& mirror, Projection& projection, const Slice& slice) {
    for (const auto& change : slice.rows) {
      auto row = projection.project(change);
      ASSERT_TRUE(row) << row.error().detail;
      if (!*row) continue;
      ASSERT_TRUE(mirror.apply(**row));
    }
  }
  static test::PostgresServer* server_;
  test::TemporaryDirectory directory_;
};
test::PostgresServer* PostgresStream::server_ = nullptr;

Cell integer(std::int64_t n) { return Cell(n); }

TEST_F(PostgresStream, OneTransactionIsOneSliceAndARolledBackOneIsNone) {
  const auto source = open();
  sql("BEGIN; INSERT INTO item VALUES (9, 'never'); ROLLBACK");
  sql("BEGIN; INSERT INTO item VALUES (1, 'one'); SAVEPOINT s; INSERT INTO item VALUES (2, 'gone'); ROLLBACK TO s; UPDATE item SET name = 'uno'; COMMIT");
  const auto slice = take(*source);
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->rows.size(), 2u);
  EXPECT_EQ(slice->rows[0].after, (Row{integer(1), Cell("one"), Cell()}));
  EXPECT_EQ(slice->rows[1].after, (Row{integer(1), Cell("uno"), Cell()}));
  EXPECT_TRUE(slice->last);
  EXPECT_GT(slice->position.sequence, 0u);
  sql("DELETE FROM item");
  const auto gone = take(*source);
  ASSERT_TRUE(gone && gone->rows.size() == 1);
  EXPECT_TRUE(gone->rows[0].key_only);
  EXPECT_EQ(gone->rows[0].before[0], integer(1));
  EXPECT_GT(gone->position.sequence, slice->position.sequence);
}

TEST_F(PostgresStream, EveryTypeIsAlikeInChunkAndStream) {
  sql("CREATE TYPE colour AS ENUM ('red', 'green'); CREATE DOMAIN price AS numeric(14,4); CREATE EXTENSION IF NOT EXISTS citext");
  sql(R"(CREATE TABLE wide (id bigint PRIMARY KEY, b boolean, s smallint, i int, r real, d double precision, n numeric(14,4), n2 numeric, big numeric(38,2),
      p price, c character(5), v varchar(9), t text, ci citext, e colour, by bytea, da date, ti time, tz timetz, ts timestamp, tsz timestamptz, ts0 timestamp(0), iv interval,
      j json, jb jsonb, u uuid, ip inet, bits bit(4), vb bit varying(9), a int[], ta text[], m macaddr, x xml, tv tsvector, rg int4range, o oid,
      g int GENERATED ALWAYS AS (id * 2) STORED))");
  const std::string values = R"((%, true, -7, 42, 0.1, 1e300, -12.5, 1.50, 123456789012345678901234567890.12, 3.25, 'ab', 'cd ', E'tab\there "q" ü🌾', 'CiT', 'green',
      '\x00ff41', '2026-02-28', '18:14:25.25', '18:14:25+02', '2026-11-22 18:14:25.5', '2026-11-22 18:14:25.5+02', '2026-11-22 18:14:25.5', '1 year 2 days 03:04:05',
      '{"a": 1.0,  "b":[]}', '{"b": [], "a": 1.0}', '6f1c2c6e-7f6e-4b57-9a3c-0a4f2f3b1c2d', '10.0.0.1/8', B'1010', B'1', '{1,NULL,3}', '{"x y",z}', '08:00:2b:01:02:03',
      '<a/>', 'fat cat', '[1,5)', 77))";
  const auto insert = [&](const std::string& id) {
    auto row = values;
    sql("INSERT INTO wide VALUES " + row.replace(row.find('%'), 1, id));
  };
  insert("1");
  sql("INSERT INTO wide (id) VALUES (2)");
  // The administrator's own settings must not show in what is read.
  sql("ALTER DATABASE shop SET bytea_output = 'escape'; ALTER DATABASE shop SET datestyle = 'German, DMY'; ALTER DATABASE shop SET timezone = 'Asia/Tokyo'; "
      "ALTER DATABASE shop SET extra_float_digits = -5");
  const auto source = open();
  const auto table = described(*source, "wide");
  const auto copied = test::rows_of(*source, table);
  ASSERT_EQ(copied.size(), 2u);
  insert("3");
  sql("INSERT INTO wide (id) VALUES (4)");
  auto first = take(*source), second = take(*source);
  ASSERT_TRUE(first && second);
  ASSERT_EQ(first->rows[0].table->columns.size(), table.columns.size()) << "generated columns are neither here nor there";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto& column = table.columns[i];
    EXPECT_EQ(first->rows[0].table->columns[i].kind, column.kind) << column.name;
    EXPECT_EQ(first->rows[0].table->columns[i].scale, column.scale) << column.name;
    if (column.name == "id") continue;
    EXPECT_EQ(first->rows[0].after[i], copied[0][i]) << column.name << ": streamed and copied";
    EXPECT_EQ(second->rows[0].after[i], Cell()) << column.name;
  }
  const auto cell = [&](const std::string& name) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].name == name) return copied[0][i];
    }
    return Cell("no such column");
  };
  EXPECT_EQ(cell("b"), integer(1));
  EXPECT_EQ(cell("p"), integer(32500)) << "a domain is what it is made of";
  EXPECT_EQ(cell("c"), Cell("ab"));
  EXPECT_EQ(cell("by"), Cell(Bytes{std::string("\0\xff\x41", 3)}));
  EXPECT_EQ(cell("tsz"), Cell("2026-11-22 16:14:25.500000")) << "UTC";
  EXPECT_EQ(cell("ts0"), Cell("2026-11-22 18:14:26"));
  EXPECT_EQ(cell("da"), Cell("2026-02-28"));
  EXPECT_EQ(cell("bits"), integer(10));
}

TEST_F(PostgresStream, LargeValuesThatWereLeftAloneComeFromTheMirror) {
  sql("ALTER TABLE item ALTER blob SET STORAGE EXTERNAL");
  sql("INSERT INTO item VALUES (1, 'one', repeat('x', 100000)), (2, 'two', repeat('y', 50000))");
  const auto source = open();
  const auto table = described(*source, "item");
  const auto mirror = mirror_of(*source, directory_.path() / "m", table);
  Projection projection(*mirror);
  sql("UPDATE item SET name = 'uno' WHERE id = 1");
  auto slice = take(*source);
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->rows[0].unchanged.size(), 1u) << "PostgreSQL does not send it";
  apply(*mirror, projection, *slice);
  sql("UPDATE item SET id = 3 WHERE id = 1");
  slice = take(*source);
  ASSERT_TRUE(slice);
  apply(*mirror, projection, *slice);
  sql("ALTER TABLE item REPLICA IDENTITY FULL");
  sql("UPDATE item SET name = 'dos' WHERE id = 2");
  slice = take(*source);
  ASSERT_TRUE(slice);
  EXPECT_FALSE(slice->rows[0].key_only) << "now the whole row comes";
  EXPECT_TRUE(slice->rows[0].unchanged.empty());
  apply(*mirror, projection, *slice);
  auto other = options();
  other.slot = "another_slot";
  const auto fresh = open(other);
  EXPECT_EQ(test::difference(table, test::rows_of(*fresh, table), test::rows_of(*mirror, "item")), "");
}

TEST_F(PostgresStream, AnUpdateOfARowTheMirrorLacksAsksForTheTable) {
  const auto source = open();
  const auto table = described(*source, "item");
  const auto mirror = mirror_of(*source, directory_.path() / "m", table);
  sql("INSERT INTO item VALUES (1, 'one')");
  ASSERT_TRUE(take(*source));  // and forgotten
  sql("UPDATE item SET name = 'uno'");
  const auto slice = take(*source);
  ASSERT_TRUE(slice);
  Projection strict(*mirror), lenient(*mirror, Projection::Absent::kNull);
  EXPECT_EQ(strict.project(slice->rows[0]).error().code, Errc::kConflict);
  auto filled = lenient.project(slice->rows[0]);
  ASSERT_TRUE(filled && *filled);
  EXPECT_EQ((*filled)->kind, RowChange::Kind::kInsert);
  sql("DELETE FROM item");
  const auto gone = take(*source);
  ASSERT_TRUE(gone);
  auto nothing = strict.project(gone->rows[0]);
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing) << "what is not there need not go";
}

TEST_F(PostgresStream, TruncationsReachWhatTheyCascadeTo) {
  sql("CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item); INSERT INTO item VALUES (1, 'one'); INSERT INTO part VALUES (1, 1)");
  const auto source = open();
  sql("TRUNCATE item CASCADE");
  const auto slice = take(*source);
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->rows.size(), 2u);
  for (const auto& change : slice->rows) EXPECT_EQ(change.kind, RowChange::Kind::kTruncate);
}

TEST_F(PostgresStream, ForeignKeysCascadeInTheLog) {
  sql("CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item ON DELETE CASCADE); INSERT INTO item VALUES (1, 'one'); INSERT INTO part VALUES (5, 1)");
  const auto source = open();
  EXPECT_TRUE(source->foreign_keys()->empty());
  sql("DELETE FROM item");
  const auto slice = take(*source);
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->rows.size(), 2u) << "nothing is left to derive";
}

TEST_F(PostgresStream, AShapeThatChangesIsTold) {
  const auto source = open();
  sql("INSERT INTO item VALUES (1, 'one')");
  auto slice = take(*source);
  ASSERT_TRUE(slice);
  EXPECT_TRUE(slice->altered.empty());
  sql("ALTER TABLE item ADD COLUMN colour text DEFAULT 'red'");
  sql("INSERT INTO item (id) VALUES (2)");
  slice = take(*source);
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->altered.size(), 1u);
  EXPECT_EQ(slice->altered[0].words, std::vector<std::string>{"colour"});
  EXPECT_EQ(slice->rows[0].after.back(), Cell("red"));
  sql("ALTER TABLE item ALTER COLUMN name TYPE text");
  sql("UPDATE item SET name = 'x' WHERE id = 1");
  slice = take(*source);
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->altered.size(), 1u);
  EXPECT_EQ(slice->altered[0].words, std::vector<std::string>{"name"});
}

TEST_F(PostgresStream, AShapeThatNoRowShowsIsFoundInTheCatalogues) {
  auto mine = options();
  mine.shape_check = 1ms;
  const auto told = [&](const std::string& alteration) {
    const auto source = open(mine);
    for (int i = 0; i < 5; ++i) {
      auto quiet = source->next(250ms);
      EXPECT_TRUE(quiet && !*quiet) << "nothing has changed yet";
    }
    sql(alteration);
    const auto slice = take(*source);
    return slice ? slice->reshaped : std::vector<std::string>();
  };
  sql("INSERT INTO item VALUES (1, 'one')");
  EXPECT_EQ(told("ALTER TABLE item ALTER COLUMN name TYPE varchar(50) USING upper(name)"), std::vector<std::string>{"item"}) << "every row is another, none was logged";
  EXPECT_EQ(told("ALTER TABLE item DROP COLUMN blob, ADD COLUMN blob text DEFAULT 'x'"), std::vector<std::string>{"item"});
  EXPECT_EQ(told("DROP TABLE item; CREATE TABLE item (id int PRIMARY KEY, name varchar(50), blob text)"), std::vector<std::string>{"item"}) << "another table of this name";
}

TEST_F(PostgresStream, ALargeTransactionComesInSlicesAndResumesWhole) {
  auto small = options();
  small.slice_bytes = 10'000;
  const auto source = open(small);
  const auto start = source->position();
  sql("INSERT INTO item SELECT n, 'name ' || n, repeat('z', 100) FROM generate_series(1, 5000) n");
  std::size_t rows = 0, slices = 0;
  for (bool last = false; !last; ++slices) {
    const auto slice = take(*source);
    ASSERT_TRUE(slice);
    rows += slice->rows.size();
    last = slice->last;
    if (slices == 3) {
      EXPECT_LT(source->position().sequence, start.sequence + 1'000'000'000u);
    }
  }
  EXPECT_EQ(rows, 5000u);
  EXPECT_GT(slices, 10u);
  const auto end = source->position();
  ASSERT_TRUE(source->connect(start)) << "nothing was acknowledged, so all of it comes again";
  rows = 0;
  for (bool last = false; !last;) {
    const auto slice = take(*source);
    ASSERT_TRUE(slice);
    rows += slice->rows.size();
    last = slice->last;
  }
  EXPECT_EQ(rows, 5000u);
  EXPECT_EQ(source->position(), end) << "the same place has the same number";
}

TEST_F(PostgresStream, AChunkIsExactlyAsOfItsPlace) {
  sql("INSERT INTO item SELECT n, 'old', NULL FROM generate_series(1, 100) n");
  const auto source = open();
  const auto table = described(*source, "item");
  const auto mirror = mirror_of(*source, directory_.path() / "m", table);
  // The stream has passed the first copy's place, and looked around once more: the next chunk has another.
  const auto first_place = connectors::postgres::parse_lsn(server_->value("SELECT pg_current_wal_flush_lsn()"));
  const auto passed = [&] { return connectors::postgres::parse_wal_position(source->position().token)->lsn >= *first_place; };
  for (int i = 0; i < 100 && !passed(); ++i) ASSERT_TRUE(source->next(100ms));
  ASSERT_TRUE(source->next(100ms));
  sql("UPDATE item SET name = 'before' WHERE id <= 50");
  auto chunk = source->read_chunk(table, {}, 1000);
  ASSERT_TRUE(chunk) << chunk.error().detail;
  sql("UPDATE item SET name = 'after' WHERE id <= 10");
  EXPECT_FALSE(source->reached(chunk->position));
  Projection projection(*mirror);
  bool seen_after = false;
  for (int i = 0; i < 100 && !source->reached(chunk->position); ++i) {
    auto slice = source->next(200ms);
    ASSERT_TRUE(slice) << slice.error().detail;
    if (!*slice) continue;
    for (const auto& change : (*slice)->rows) seen_after = seen_after || change.after[1] == Cell("after");
    apply(*mirror, projection, **slice);
  }
  ASSERT_TRUE(source->reached(chunk->position));
  EXPECT_FALSE(seen_after) << "what follows the place is not handed out before the caller has seen that it is reached";
  EXPECT_EQ(test::difference(table, chunk->rows, test::rows_of(*mirror, "item")), "");
  const auto later = take(*source);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->rows.size(), 10u);
}

TEST_F(PostgresStream, KeysOfEveryOrderArePagedThrough) {
  sql("CREATE TABLE keyed (a numeric(10,2), b text, c date, n int, PRIMARY KEY (b, a, c))");
  sql("INSERT INTO keyed SELECT (n % 7) * 1.25, chr(65 + n % 26) || n % 3, date '2026-01-01' + n, n FROM generate_series(1, 500) n");
  const auto source = open();
  const auto table = described(*source, "keyed");
  ASSERT_EQ(table.primary_key.size(), 3u);
  EXPECT_EQ(test::rows_of(*source, table, 7).size(), 500u);
}

TEST_F(PostgresStream, IdleSlotsMoveAndOnlyWhatIsAcknowledgedIsForgotten) {
  const auto source = open();
  const auto confirmed = [] { return server_->value("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'shop_slot'"); };
  const auto before = confirmed();
  sql("CREATE TABLE elsewhere (id int)");  // WAL, but nothing of ours
  const auto here = server_->value("SELECT pg_current_wal_lsn()");
  const feed::SourcePosition wanted{"postgres", 0, "system=1;timeline=1;lsn=" + here};
  for (int i = 0; i < 100 && !source->reached(wanted); ++i) ASSERT_TRUE(source->next(100ms));
  ASSERT_TRUE(source->reached(wanted));
  EXPECT_TRUE(source->at_end());
  EXPECT_EQ(confirmed(), before) << "read is not durable";
  ASSERT_TRUE(source->acknowledge(source->position()));
  for (int i = 0; i < 100 && confirmed() == before; ++i) ASSERT_TRUE(source->next(50ms));
  EXPECT_NE(confirmed(), before);
}

TEST_F(PostgresStream, ARestartIsUnavailableAndResumedFrom) {
  auto source = open();
  sql("INSERT INTO item VALUES (1, 'one')");
  ASSERT_TRUE(take(*source));
  const auto position = source->position();
  server_->kill();  // a graceful end waits until a reader has acknowledged everything
  const auto away = fails(*source);
  ASSERT_TRUE(away);
  EXPECT_EQ(away->code, Errc::kUnavailable) << away->detail;
  EXPECT_EQ(source->connect(position).error().code, Errc::kUnavailable);
  server_->restart();
  sql("INSERT INTO item VALUES (2, 'two')");
  const auto back = source->connect(position);
  ASSERT_TRUE(back) << back.error().detail;
  const auto slice = take(*source);
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->rows[0].after[0], integer(2)) << "neither again nor left out";
}

TEST_F(PostgresStream, ASlotThatIsGoneOrWasReadByOthersIsAConflict) {
  auto source = open();
  const auto position = source->position();
  source.reset();
  sql("INSERT INTO item VALUES (1, 'one')");
  sql("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE active_pid IS NOT NULL");  // ours, which is about to end
  sql("SELECT pg_replication_slot_advance('shop_slot', pg_current_wal_lsn())");
  PostgresSource again(options());
  auto refused = again.connect(position);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_NE(refused.error().detail.find("shop_slot"), std::string::npos);
  server_->execute("SELECT pg_drop_replication_slot('shop_slot')");
  EXPECT_EQ(again.connect(position).error().code, Errc::kConflict);
  auto other = position;
  other.token = "system=1;timeline=1;lsn=0/1";
  EXPECT_EQ(again.connect(other).error().code, Errc::kConflict) << "another server";
  ASSERT_TRUE(again.connect(std::nullopt)) << "and a new slot is made";
  EXPECT_EQ(server_->value("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'shop_slot'"), "1");
}

TEST_F(PostgresStream, WhoDiedBeforeItsFirstReportLetsGoOfTheSlot) {
  open();
  StopSignal stop;
  const auto dead = postgres::ReplicationStream::start(options(), stop, 0);  // and never says a word
  ASSERT_TRUE(dead) << dead.error().detail;
  auto connection = postgres::Connection::open(options(), stop, postgres::Connection::Purpose::kQueries);
  ASSERT_TRUE(connection) << connection.error().detail;
  const auto holder = [] { return server_->value("SELECT active_pid FROM pg_replication_slots WHERE slot_name = 'shop_slot'"); };
  const auto pid = holder();
  EXPECT_FALSE(pid.empty());
  ASSERT_TRUE(postgres::release_from_the_dead(**connection, "shop_slot", 1h));
  EXPECT_EQ(holder(), pid) << "not silent for so long";
  ASSERT_TRUE(postgres::release_from_the_dead(**connection, "shop_slot", 0ms));
  EXPECT_TRUE(app::demo::wait_until(30s, [&] { return holder().empty(); }));
}

TEST_F(PostgresStream, StopEndsAWait) {
  const auto source = open();
  source->stop();
  EXPECT_EQ(source->next(60s).error().code, Errc::kCancelled);
  EXPECT_EQ(source->connect(std::nullopt).error().code, Errc::kCancelled);
}

TEST_F(PostgresStream, WhatIsMissingIsNamedWithItsSql) {
  sql("CREATE TABLE keyless (a int)");
  server_->execute("DROP ROLE IF EXISTS reader");
  server_->execute("CREATE ROLE reader LOGIN PASSWORD 'secret-word'");
  auto mine = options();
  mine.host = "127.0.0.1";
  mine.user = "reader";
  mine.password = engine::Secret("wrong");
  auto denied = PostgresSource(mine).connect(std::nullopt);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Errc::kUnsupported) << denied.error().detail;
  EXPECT_EQ(denied.error().detail.find("wrong"), std::string::npos) << "no secret in messages";
  mine.password = engine::Secret("secret-word");
  const auto problem = [&] {
    auto connected = PostgresSource(mine).connect(std::nullopt);
    return connected ? std::string() : connected.error().detail;
  };
  EXPECT_NE(problem().find("ALTER ROLE \"reader\" REPLICATION"), std::string::npos) << problem();
  server_->execute("ALTER ROLE reader REPLICATION");
  EXPECT_NE(problem().find("GRANT SELECT ON ALL TABLES IN SCHEMA \"public\" TO \"reader\""), std::string::npos) << problem();
  sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
  EXPECT_NE(problem().find("ALTER TABLE \"public\".\"keyless\" REPLICA IDENTITY FULL"), std::string::npos) << problem();
  sql("ALTER TABLE keyless REPLICA IDENTITY FULL");
  const auto publication = problem();
  EXPECT_NE(publication.find("CREATE PUBLICATION \"millrace\" FOR TABLE"), std::string::npos) << publication;
  sql("CREATE PUBLICATION millrace FOR TABLE item WITH (publish = 'insert')");
  EXPECT_NE(problem().find("SET (publish = 'insert, update, delete, truncate')"), std::string::npos) << problem();
  sql("ALTER PUBLICATION millrace SET (publish = 'insert, update, delete, truncate')");
  EXPECT_NE(problem().find("ADD TABLE \"public\".\"keyless\""), std::string::npos) << problem();
  sql("ALTER PUBLICATION millrace ADD TABLE keyless");
  EXPECT_EQ(problem(), "");
  for (const auto& check : examine_postgres(mine)) EXPECT_EQ(check.state, DoctorCheck::State::kOk) << check.name << ": " << check.message;
}

TEST_F(PostgresStream, ATableWithoutAKeyIsKnownByItsWholeRow) {
  sql("CREATE TABLE keyless (a int, b text); ALTER TABLE keyless REPLICA IDENTITY FULL; INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (2, NULL)");
  const auto source = open();
  const auto table = described(*source, "keyless");
  EXPECT_TRUE(table.primary_key.empty());
  const auto mirror = mirror_of(*source, directory_.path() / "m", table);
  Projection projection(*mirror);
  sql("DELETE FROM keyless WHERE ctid IN (SELECT ctid FROM keyless WHERE a = 1 LIMIT 1); UPDATE keyless SET b = 'y' WHERE a = 2");
  const auto slice = take(*source);
  ASSERT_TRUE(slice);
  apply(*mirror, projection, *slice);
  EXPECT_EQ(test::difference(table, {{integer(1), Cell("x")}, {integer(2), Cell("y")}}, test::rows_of(*mirror, "keyless")), "");
}

class Incidents : public engine::telemetry::IncidentSink {
 public:
  void report(std::string_view kind, engine::telemetry::Severity, std::string_view detail) override { open_[std::string(kind)] = detail; }
  void resolve(std::string_view kind) override { open_.erase(std::string(kind)); }
  std::map<std::string, std::string> open_;
};

TEST_F(PostgresStream, MoreWalThanIsAllowedIsToldAndWhereTheOperatorWantsItTheSlotGoes) {
  auto mine = options();
  auto source = open(mine);
  const auto position = source->position();
  sql("INSERT INTO item SELECT n, 'name', repeat(md5(n::text), 20) FROM generate_series(1, 3000) n");
  mine.wal_budget_bytes = 1U << 20;
  Incidents incidents;
  WalBudget warning(mine, incidents);
  ASSERT_TRUE(warning.refresh());
  EXPECT_GT(warning.latest().bytes.value_or(0), mine.wal_budget_bytes);
  EXPECT_FALSE(warning.latest().warning.empty());
  EXPECT_EQ(incidents.open_.count("source_wal_over_budget"), 1u);
  EXPECT_EQ(server_->value("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'shop_slot'"), "1") << "warned only";
  mine.wal_policy = WalPolicy::kDropAndResnapshot;
  WalBudget strict(mine, incidents);
  const auto acted = strict.refresh();
  ASSERT_TRUE(acted) << acted.error().detail;
  EXPECT_EQ(server_->value("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'shop_slot'"), "0") << "although it was streamed";
  ASSERT_TRUE(fails(*source));
  EXPECT_EQ(source->connect(position).error().code, Errc::kConflict) << "so a new snapshot is taken";
  ASSERT_TRUE(warning.refresh());
  EXPECT_EQ(incidents.open_.size(), 0u);
}

TEST_F(PostgresStream, TlsIsVerifiedAndScramIsSpoken) {
  const test::TestAuthority authority;
  const auto issued = authority.issue("127.0.0.1");
  const auto put = [&](const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
    ::chmod(file.c_str(), 0600);
    const auto user = app::demo::server_user("postgres");
    if (!user || ::geteuid() != 0) return;
    ASSERT_EQ(::chown(file.c_str(), user->user, user->group), 0);
  };
  put(server_->data_directory() / "server.crt", issued.certificate);
  put(server_->data_directory() / "server.key", issued.key);
  std::ofstream(directory_.path() / "ca.pem") << authority.certificate();
  std::ofstream(directory_.path() / "other.pem") << test::TestAuthority("Another").certificate();
  server_->restart({"ssl=on"});
  server_->execute("DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'scram-word'");
  EXPECT_EQ(server_->value("SELECT left(rolpassword, 13) FROM pg_authid WHERE rolname = 'guarded'"), "SCRAM-SHA-256");
  auto mine = options();
  mine.host = "127.0.0.1";
  mine.user = "guarded";
  mine.password = engine::Secret("scram-word");
  mine.tls = PostgresTls::kVerify;
  mine.ca_file = (directory_.path() / "ca.pem").string();
  auto source = open(mine);
  EXPECT_EQ(server_->value("SELECT bool_and(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename = 'guarded'"), "t");
  sql("INSERT INTO item VALUES (1, 'one', repeat('x', 300000))");
  const auto slice = take(*source);
  ASSERT_TRUE(slice);
  source.reset();
  mine.ca_file = (directory_.path() / "other.pem").string();
  const auto refused = PostgresSource(mine).connect(std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnsupported) << refused.error().detail;
  server_->restart();
}

}  // namespace
