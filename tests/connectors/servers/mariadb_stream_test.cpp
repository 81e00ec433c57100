// The stream of a real MariaDB: transactions, rotation, DDL, restarts, TLS, and what must be refused.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "connectors/mariadb/binlog_position.h"
#include "connectors/mariadb/doctor.h"
#include "connectors/mariadb/examination.h"
#include "connectors/mariadb/mariadb_source.h"
#include "tests/support/mariadb_server.h"

namespace {

using namespace std::chrono_literals;
using connectors::Cell;
using connectors::DoctorCheck;
using connectors::MariaDbOptions;
using connectors::MariaDbSource;
using connectors::RowChange;
using connectors::Slice;
using engine::Errc;

class Stream : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new test::MariaDbServer; }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    server_->execute("SET GLOBAL binlog_format=ROW");
    server_->execute("DROP DATABASE IF EXISTS shop");
    server_->execute("CREATE DATABASE shop");
    server_->execute("CREATE TABLE shop.item (id INT PRIMARY KEY, name VARCHAR(50))");
  }
  static MariaDbOptions options() {
    MariaDbOptions o;
    o.socket = server_->socket();
    o.user = "root";
    o.database = "shop";
    o.heartbeat = 200ms;
    return o;
  }
  /// The next slice of ours.
  static std::optional<Slice> take(MariaDbSource& source) {
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
  /// The error next() ends in.
  static std::optional<engine::Error> fails(MariaDbSource& source) {
    for (int i = 0; i < 100; ++i) {
      auto slice = source.next(200ms);
      if (!slice) return slice.error();
    }
    return std::nullopt;
  }
  static DoctorCheck find(const std::vector<DoctorCheck>& checks, std::string_view name) {
    for (const auto& check : checks) {
      if (check.name == name) return check;
    }
    return {"absent", DoctorCheck::State::kFailed, "", ""};
  }
  static test::MariaDbServer* server_;
};
test::MariaDbServer* Stream::server_ = nullptr;

Cell integer(std::int64_t n) { return Cell(n); }

TEST_F(Stream, OneTransactionIsOneSliceInOrder) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("BEGIN; INSERT INTO item VALUES (1,'a'),(2,'b'); UPDATE item SET name='c' WHERE id=1; DELETE FROM item WHERE id=2; COMMIT;", "shop");
  const auto slice = take(source);
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->rows.size(), 4u);
  EXPECT_EQ(slice->rows[2].before, (connectors::Row{integer(1), Cell("a")}));
  EXPECT_EQ(slice->rows[2].after, (connectors::Row{integer(1), Cell("c")}));
  EXPECT_EQ(slice->rows[3].kind, RowChange::Kind::kDelete);
  EXPECT_TRUE(slice->last);
  EXPECT_TRUE(slice->rows[0].cascades);
  EXPECT_EQ(slice->transaction_id, server_->value("SELECT @@gtid_binlog_pos"));
  EXPECT_EQ(slice->position, source.position());
}

TEST_F(Stream, RolledBackWorkAndSavepointsLeaveNothing) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("BEGIN; INSERT INTO item VALUES (1,'a'); ROLLBACK; BEGIN; INSERT INTO item VALUES (2,'b'); SAVEPOINT s; INSERT INTO item VALUES (3,'c'); "
                    "ROLLBACK TO s; COMMIT;", "shop");
  const auto slice = take(source);
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->rows.size(), 1u);
  EXPECT_EQ(slice->rows[0].after[0], integer(2));
}

TEST_F(Stream, PreparedTransactionComesWithItsCommit) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("XA START 'x'; INSERT INTO item VALUES (1,'xa'); XA END 'x'; XA PREPARE 'x';", "shop");
  server_->load_sql("INSERT INTO item VALUES (2,'b'); XA COMMIT 'x';", "shop");
  const auto first = take(source), second = take(source);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->rows[0].after[0], integer(2));
  EXPECT_EQ(second->rows[0].after[0], integer(1));
}

TEST_F(Stream, OtherDatabasesAndUncapturedTablesOnlyMoveThePosition) {
  server_->load_sql("CREATE DATABASE IF NOT EXISTS other; CREATE OR REPLACE TABLE other.item (id INT PRIMARY KEY, name VARCHAR(50)); CREATE TABLE shop.log (id INT);");
  auto o = options();
  o.tables = {"item"};
  MariaDbSource source(o);
  ASSERT_TRUE(source.connect({}));
  const auto before = source.position().sequence;
  server_->load_sql("INSERT INTO other.item VALUES (1,'a'); INSERT INTO shop.log VALUES (1); INSERT INTO shop.item VALUES (7,'mine');");
  const auto slice = take(source);
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->rows.size(), 1u);
  EXPECT_EQ(slice->rows[0].after[0], integer(7));
  EXPECT_EQ(source.position().sequence, before + 3);
}

TEST_F(Stream, PrefixIsStripped) {
  server_->execute("CREATE TABLE shop.craft_item (id INT PRIMARY KEY)");
  auto o = options();
  o.table_prefix = "craft_";
  MariaDbSource source(o);
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("INSERT INTO shop.item VALUES (1,'a'); INSERT INTO shop.craft_item VALUES (2);");
  const auto slice = take(source);
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->rows[0].table->name, "item");
  EXPECT_EQ(slice->rows[0].after, connectors::Row{integer(2)});
}

TEST_F(Stream, GoesThroughRotationsAndResumesBehindThem) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("INSERT INTO item VALUES (1,'a'); FLUSH BINARY LOGS; INSERT INTO item VALUES (2,'b'); FLUSH BINARY LOGS; INSERT INTO item VALUES (3,'c');", "shop");
  const auto first = take(source);
  ASSERT_TRUE(first);
  EXPECT_EQ(take(source)->rows[0].after[0], integer(2));
  EXPECT_EQ(take(source)->rows[0].after[0], integer(3));

  MariaDbSource again(options());
  ASSERT_TRUE(again.connect(first->position));
  EXPECT_EQ(again.position().sequence, first->position.sequence);
  const auto resumed = take(again);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->rows[0].after[0], integer(2));
  EXPECT_EQ(resumed->position.sequence, first->position.sequence + 1);
}

TEST_F(Stream, LargeTransactionComesInSlices) {
  auto o = options();
  o.slice_bytes = 64 << 10;
  MariaDbSource source(o);
  ASSERT_TRUE(source.connect({}));
  const auto before = source.position();
  server_->execute("INSERT INTO shop.item SELECT seq, REPEAT('x',50) FROM shop.seq_1_to_20000");
  std::size_t rows = 0, slices = 0;
  for (bool last = false; !last; ++slices) {
    const auto slice = take(source);
    ASSERT_TRUE(slice);
    for (const auto& row : slice->rows) ASSERT_EQ(row.after[0], integer(static_cast<std::int64_t>(++rows)));
    last = slice->last;
    EXPECT_TRUE(last || source.position() == before);
  }
  EXPECT_EQ(rows, 20000u);
  EXPECT_GT(slices, 5u);
  EXPECT_EQ(source.position().sequence, before.sequence + 1);
}

TEST_F(Stream, AlterTableIsToldAndOldRowsKeepTheirOwnShape) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("INSERT INTO item VALUES (1,'a'); ALTER TABLE item DROP COLUMN name, ADD COLUMN price DECIMAL(10,2) DEFAULT 1.5; INSERT INTO item VALUES (2,9.99);", "shop");
  const auto first = take(source), ddl = take(source), second = take(source);
  ASSERT_TRUE(first && ddl && second);
  EXPECT_EQ(first->rows[0].table->columns[1].name, "name");
  EXPECT_EQ(first->rows[0].after, (connectors::Row{integer(1), Cell("a")}));
  EXPECT_TRUE(ddl->reshaped.empty());
  ASSERT_EQ(ddl->altered.size(), 1u);
  EXPECT_EQ(ddl->altered[0].table, "item");
  EXPECT_EQ(ddl->altered[0].words, (std::vector<std::string>{"DROP", "COLUMN", "name", "ADD", "COLUMN", "price", "DECIMAL", "10", "2", "DEFAULT", "1", "5"}));
  EXPECT_EQ(second->rows[0].table->columns[1].name, "price");
  EXPECT_EQ(second->rows[0].after, (connectors::Row{integer(2), integer(999)}));
}

TEST_F(Stream, TruncateIsARowChangeAndSwappedTablesAreReshaped) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("TRUNCATE TABLE item; CREATE TABLE fresh LIKE item; RENAME TABLE item TO old, fresh TO item;", "shop");
  const auto truncated = take(source), created = take(source), renamed = take(source);
  ASSERT_TRUE(truncated && created && renamed);
  ASSERT_EQ(truncated->rows.size(), 1u);
  EXPECT_EQ(truncated->rows[0].kind, RowChange::Kind::kTruncate);
  EXPECT_EQ(truncated->rows[0].table->name, "item");
  EXPECT_EQ(renamed->reshaped, (std::vector<std::string>{"item", "old", "fresh"}));
}

TEST_F(Stream, ForeignKeyChecksOffIsTold) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("SET foreign_key_checks=0; INSERT INTO item VALUES (1,'a');", "shop");
  const auto slice = take(source);
  ASSERT_TRUE(slice);
  EXPECT_FALSE(slice->rows[0].cascades);
}

TEST_F(Stream, StatementLoggingIsRefusedWithItsCure) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("SET SESSION binlog_format=STATEMENT; INSERT INTO item VALUES (1,'a');", "shop");
  const auto error = fails(source);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::kUnsupported);
  EXPECT_NE(error->detail.find("SET GLOBAL binlog_format=ROW"), std::string::npos);
}

TEST_F(Stream, PartialRowImagesAreRefusedWithTheirCure) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("INSERT INTO item VALUES (1,'a'); SET SESSION binlog_row_image=MINIMAL; UPDATE item SET name='b';", "shop");
  const auto error = fails(source);
  if (!error) {
    ASSERT_TRUE(take(source));
  }
  const auto second = error ? error : fails(source);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->code, Errc::kUnsupported);
  EXPECT_NE(second->detail.find("binlog_row_image=FULL"), std::string::npos);
}

TEST_F(Stream, CompressedEventsAreRead) {
  server_->execute("SET GLOBAL log_bin_compress=ON");
  server_->execute("SET GLOBAL log_bin_compress_min_len=10");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->load_sql("INSERT INTO item VALUES (1,REPEAT('a',50)),(2,REPEAT('a',50)); UPDATE item SET name=REPEAT('b',50);", "shop");
  const auto inserted = take(source), updated = take(source);
  server_->execute("SET GLOBAL log_bin_compress=OFF");
  ASSERT_TRUE(inserted && updated);
  EXPECT_EQ(inserted->rows[1].after[1], Cell(std::string(50, 'a')));
  EXPECT_EQ(updated->rows[1].after[1], Cell(std::string(50, 'b')));
}

TEST_F(Stream, ReducedMetadataIsFilledFromInformationSchema) {
  server_->execute("SET GLOBAL binlog_row_metadata=NO_LOG");
  server_->execute("CREATE TABLE shop.poor (id INT UNSIGNED PRIMARY KEY, e ENUM('a','b'), l VARCHAR(9) CHARACTER SET latin1)");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->execute("INSERT INTO shop.poor VALUES (4294967295,'b','é')");
  const auto slice = take(source);
  server_->execute("SET GLOBAL binlog_row_metadata=FULL");
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->rows[0].after, (connectors::Row{integer(4294967295), Cell("b"), Cell("é")}));
}

TEST_F(Stream, ChunksPageByKeyAndTheStreamReachesTheirPosition) {
  server_->execute("CREATE TABLE shop.pair (a ENUM('z','y','x'), b VARCHAR(9), n INT, PRIMARY KEY (a, b))");
  server_->execute("INSERT INTO shop.pair VALUES ('z','1',1),('z','2',2),('y','1',3),('x','9',4),('x','a',5)");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  auto table = source.describe({"pair", "absent"});
  ASSERT_TRUE(table && table->size() == 1);
  connectors::Row after;
  std::set<std::int64_t> seen;
  for (bool last = false; !last;) {
    auto chunk = source.read_chunk(table->front(), after, 2);
    ASSERT_TRUE(chunk) << chunk.error().detail;
    for (const auto& row : chunk->rows) EXPECT_TRUE(seen.insert(std::get<std::int64_t>(row[2])).second);
    last = chunk->last;
    if (!chunk->rows.empty()) after = {chunk->rows.back()[0], chunk->rows.back()[1], chunk->rows.back()[2]};
  }
  EXPECT_EQ(seen.size(), 5u);

  server_->execute("INSERT INTO shop.item VALUES (1,'late')");
  server_->execute("FLUSH BINARY LOGS");
  auto chunk = source.read_chunk(table->front(), {}, 100);
  ASSERT_TRUE(chunk);
  EXPECT_FALSE(source.reached(chunk->position));
  ASSERT_TRUE(take(source));
  for (int i = 0; i < 50 && !source.reached(chunk->position); ++i) ASSERT_TRUE(source.next(100ms));
  EXPECT_TRUE(source.reached(chunk->position));
}

TEST_F(Stream, ChunksPageByAKeyBehindOtherColumnsInItsOwnOrder) {
  server_->execute("CREATE TABLE shop.behind (note VARCHAR(9), a INT, b INT, PRIMARY KEY (b, a))");
  server_->execute("INSERT INTO shop.behind SELECT 'n', seq % 5, seq FROM shop.seq_1_to_20");
  MariaDbSource source(options());
  auto table = source.describe({"behind"});
  ASSERT_TRUE(table && table->size() == 1);
  connectors::Row after;
  std::int64_t expected = 0;
  for (bool last = false; !last;) {
    auto chunk = source.read_chunk(table->front(), after, 3);
    ASSERT_TRUE(chunk) << chunk.error().detail;
    for (const auto& row : chunk->rows) EXPECT_EQ(row[2], integer(++expected));
    last = chunk->last;
    if (!chunk->rows.empty()) after = {chunk->rows.back()[2], chunk->rows.back()[1]};  // cells of the key, in key order
  }
  EXPECT_EQ(expected, 20);
}

TEST_F(Stream, ForeignKeysAreRead) {
  server_->execute("CREATE TABLE shop.part (id INT PRIMARY KEY, item INT, FOREIGN KEY (item) REFERENCES item (id) ON DELETE CASCADE ON UPDATE SET NULL)");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  const auto keys = source.foreign_keys();
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1u);
  EXPECT_EQ(keys->front().table, "part");
  EXPECT_EQ(keys->front().parent_columns, std::vector<std::string>{"id"});
  EXPECT_EQ(keys->front().on_delete, connectors::ForeignKey::Rule::kCascade);
  EXPECT_EQ(keys->front().on_update, connectors::ForeignKey::Rule::kSetNull);
}

TEST_F(Stream, KilledStreamAndRestartedServerAreUnavailableAndThenResumed) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server_->execute("INSERT INTO shop.item VALUES (1,'a')");
  ASSERT_TRUE(take(source));
  const auto dump = server_->value("SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND='Binlog Dump' ORDER BY ID DESC LIMIT 1");
  server_->execute("KILL " + dump);
  auto error = fails(source);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::kUnavailable) << error->detail;
  ASSERT_TRUE(source.connect(source.position()));

  server_->restart();
  error = fails(source);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::kUnavailable) << error->detail;
  const auto position = source.position();
  auto connected = source.connect(position);
  ASSERT_TRUE(connected) << connected.error().detail;
  server_->execute("INSERT INTO shop.item VALUES (2,'b')");
  const auto slice = take(source);
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->rows[0].after[0], integer(2));
}

TEST_F(Stream, StopEndsAWaitAndEverythingAfter) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  source.stop();
  const auto slice = source.next(60s);
  ASSERT_FALSE(slice);
  EXPECT_EQ(slice.error().code, Errc::kCancelled);
  EXPECT_EQ(source.connect({}).error().code, Errc::kCancelled);
}

TEST_F(Stream, PurgedLogIsAConflict) {
  feed::SourcePosition position;
  {
    MariaDbSource source(options());
    ASSERT_TRUE(source.connect({}));
    position = source.position();
  }
  server_->load_sql("INSERT INTO item VALUES (1,'a'); FLUSH BINARY LOGS; INSERT INTO item VALUES (2,'a'); FLUSH BINARY LOGS;", "shop");
  server_->restart();  // ends the streams of former tests, whose files the server would keep
  const auto newest = server_->query("SHOW BINARY LOGS").back()[0].value();
  server_->execute("PURGE BINARY LOGS TO '" + newest + "'");
  ASSERT_EQ(server_->query("SHOW BINARY LOGS").size(), 1u);
  MariaDbSource again(options());
  const auto connected = again.connect(position);
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, Errc::kConflict);
  EXPECT_EQ(find(connectors::examine_mariadb(options(), position), "log_reaches_back").state, DoctorCheck::State::kFailed);
}

TEST_F(Stream, AnotherServerBehindTheAddressIsAConflict) {
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  auto position = source.position();
  auto other = connectors::parse_position(position.token);
  ASSERT_TRUE(other);
  other->gtids[0].sequence += 1;  // same id and files, another history
  EXPECT_EQ(source.connect(feed::SourcePosition{"mariadb", 1, connectors::print(*other)}).error().code, Errc::kConflict);
  other->gtids[0].sequence -= 1;
  other->server_id = 77;
  EXPECT_EQ(source.connect(feed::SourcePosition{"mariadb", 1, connectors::print(*other)}).error().code, Errc::kConflict);
  EXPECT_TRUE(source.connect(position));
}

TEST_F(Stream, ABinlogBegunAnewIsAConflictThoughItHasOutrunOurPosition) {
  server_->execute("RESET MASTER");
  server_->execute("FLUSH BINARY LOGS");
  server_->execute("INSERT INTO shop.item VALUES (1,'a')");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  const auto position = source.position();
  const auto ours = connectors::parse_position(position.token);
  ASSERT_TRUE(ours && ours->file == "binlog.000002");
  ASSERT_EQ(ours->gtids.size(), 1u);
  server_->restart();  // ends the streams, which a reset does not allow
  for (const char* reset : {"RESET MASTER", "RESET MASTER TO 7"}) {
    server_->execute(reset);
    for (int i = 0; i < 5; ++i) server_->execute("INSERT INTO shop.item VALUES (" + server_->value("SELECT MAX(id)+1 FROM shop.item") + ",'b')");
    const auto now = connectors::parse_gtids(server_->value("SELECT @@gtid_binlog_pos"));
    ASSERT_TRUE(now && now->size() == 1 && now->front().sequence > ours->gtids[0].sequence);
    const auto connected = source.connect(position);
    ASSERT_FALSE(connected) << reset;
    EXPECT_EQ(connected.error().code, Errc::kConflict) << connected.error().detail;
    EXPECT_EQ(find(connectors::examine_mariadb(options(), position), "same_server").state, DoctorCheck::State::kFailed) << reset;
  }
}

TEST_F(Stream, APurgedFileWithNothingBehindItIsStillTheSameHistory) {
  feed::SourcePosition position;
  {
    MariaDbSource source(options());
    ASSERT_TRUE(source.connect({}));
    position = source.position();
  }
  server_->restart();
  const auto newest = server_->query("SHOW BINARY LOGS").back()[0].value();
  server_->execute("PURGE BINARY LOGS TO '" + newest + "'");
  ASSERT_NE(connectors::parse_position(position.token)->file, newest);
  MariaDbSource again(options());
  const auto connected = again.connect(position);
  EXPECT_TRUE(connected) << connected.error().detail;
}

TEST_F(Stream, AConnectionLostWhileThePositionIsExaminedIsUnavailable) {
  connectors::StopSignal stop;
  auto connection = connectors::MariaDbConnection::open(options(), stop);
  ASSERT_TRUE(connection);
  const auto position = connectors::current_position(**connection);
  ASSERT_TRUE(position);
  ASSERT_TRUE(connectors::examine_position(**connection, *position));
  const auto id = (*connection)->value("SELECT CONNECTION_ID()");
  ASSERT_TRUE(id);
  server_->execute("KILL " + *id);
  const auto checks = connectors::examine_position(**connection, *position);
  ASSERT_FALSE(checks);
  EXPECT_EQ(checks.error().code, Errc::kUnavailable) << checks.error().detail;
}

TEST_F(Stream, DoctorTakesNoLongerPrivilegeForTheOneItNeeds) {
  server_->execute("CREATE OR REPLACE USER feed@localhost IDENTIFIED BY 'right'");
  server_->execute("GRANT REPLICATION SLAVE ADMIN ON *.* TO feed@localhost");
  auto o = options();
  o.user = "feed";
  o.password = engine::Secret("right");
  EXPECT_EQ(find(connectors::examine_mariadb(o), "privilege_replication_slave").state, DoctorCheck::State::kFailed);
  server_->execute("GRANT BINLOG ADMIN, REPLICATION SLAVE, SELECT ON *.* TO feed@localhost");
  EXPECT_EQ(find(connectors::examine_mariadb(o), "privilege_replication_slave").state, DoctorCheck::State::kOk);
  EXPECT_EQ(find(connectors::examine_mariadb(o), "privilege_select").state, DoctorCheck::State::kOk);
}

TEST_F(Stream, WrongPasswordSaysSo) {
  server_->execute("CREATE OR REPLACE USER feed@localhost IDENTIFIED BY 'right'");
  auto o = options();
  o.user = "feed";
  o.password = engine::Secret("wrong");
  MariaDbSource source(o);
  const auto connected = source.connect({});
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, Errc::kUnsupported);
  EXPECT_NE(connected.error().detail.find("check user and password"), std::string::npos) << connected.error().detail;
  EXPECT_EQ(connected.error().detail.find("wrong"), std::string::npos);
}

TEST_F(Stream, DoctorNamesWhatIsMissingAndItsSqlMendsIt) {
  server_->execute("CREATE OR REPLACE USER feed@localhost IDENTIFIED BY 'right'");
  auto o = options();
  o.user = "feed";
  o.password = engine::Secret("right");
  server_->execute("SET GLOBAL binlog_format=MIXED");
  auto checks = connectors::examine_mariadb(o);
  EXPECT_FALSE(connectors::fit(checks));
  for (const char* name : {"binlog_format", "privilege_replication_slave", "privilege_binlog_monitor", "privilege_select"}) {
    const auto check = find(checks, name);
    EXPECT_EQ(check.state, DoctorCheck::State::kFailed) << name;
    ASSERT_FALSE(check.fix_sql.empty()) << name;
    server_->execute(check.fix_sql.substr(0, check.fix_sql.size() - 1));
  }
  checks = connectors::examine_mariadb(o);
  for (const auto& check : checks) EXPECT_EQ(check.state, DoctorCheck::State::kOk) << check.name << ": " << check.message;
  MariaDbSource source(o);
  const auto connected = source.connect({});
  EXPECT_TRUE(connected) << connected.error().detail;
  o.server_id = 1;
  EXPECT_EQ(find(connectors::examine_mariadb(o), "server_id").state, DoctorCheck::State::kFailed);
}

TEST_F(Stream, TakenServerIdEndsTheOlderStream) {
  MariaDbSource first(options());
  ASSERT_TRUE(first.connect({}));
  EXPECT_EQ(find(connectors::examine_mariadb(options()), "server_id_in_use").state, DoctorCheck::State::kWarning);
  MariaDbSource second(options());
  ASSERT_TRUE(second.connect({}));
  const auto error = fails(first);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::kUnsupported) << error->detail;
  EXPECT_NE(error->detail.find("server_id of its own"), std::string::npos);
}

TEST_F(Stream, TlsCarriesTheStreamAndChecksTheCertificate) {
  test::TemporaryDirectory certificates;
  const auto at = [&](const char* name) { return (certificates.path() / name).string(); };
  const auto make = "cd '" + certificates.path().string() + "' && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem 2>/dev/null && "
                    "openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem 2>/dev/null && "
                    "printf 'subjectAltName=IP:127.0.0.1,DNS:localhost' > names && "
                    "openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  server_->restart({"--ssl-ca=" + at("ca.pem"), "--ssl-cert=" + at("cert.pem"), "--ssl-key=" + at("key.pem")});
  auto o = options();
  o.socket.clear();
  o.port = server_->port();
  o.tls = connectors::MariaDbTls::kVerify;
  o.ca_file = at("ca.pem");
  MariaDbSource source(o);
  const auto connected = source.connect({});
  ASSERT_TRUE(connected) << connected.error().detail;
  EXPECT_NE(server_->value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND='Binlog Dump'"), "0");
  server_->execute("INSERT INTO shop.item SELECT seq, REPEAT('x',50) FROM shop.seq_1_to_30000");
  const auto slice = take(source);
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->rows.size(), 30000u);

  std::ofstream(at("other.pem")) << test::read_file(at("cert.pem"));
  o.ca_file = at("other.pem");
  MariaDbSource wary(o);
  EXPECT_EQ(wary.connect({}).error().code, Errc::kUnsupported);
  server_->restart();
}

}  // namespace
