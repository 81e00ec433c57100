#include "connectors/mariadb/binlog_event.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "connectors/mariadb/binlog_file.h"
#include "connectors/mariadb/binlog_position.h"
#include "connectors/mariadb/row_decoder.h"
#include "connectors/mariadb/logged_statement.h"
#include "connectors/mariadb/transaction_assembler.h"
#include "engine/base/byte_writer.h"

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using connectors::Checksum;
using connectors::EventType;
using engine::ByteWriter;
using engine::Errc;

std::string event(EventType type, std::string_view body, bool checksum = true) {
  std::string out;
  const auto bytes = static_cast<std::uint32_t>(connectors::kEventHeaderBytes + body.size() + (checksum ? 4 : 0));
  ByteWriter writer(out);
  writer.little(std::uint32_t{1772619072}).little(static_cast<std::uint8_t>(type)).little(std::uint32_t{1}).little(bytes).little(std::uint32_t{500}).little(
      std::uint16_t{0});
  writer.raw(body);
  if (checksum) writer.little(static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const unsigned char*>(out.data()), out.size())));
  return out;
}

/// Table shop.item (id INT, name VARCHAR(50) utf8mb4) with full metadata.
std::string table_map() {
  std::string out;
  ByteWriter(out).raw("\x12\0\0\0\0\0\1\0"sv).raw("\4shop\0\4item\0"sv).raw("\2\3\x0f\2\xc8\0\2"sv).raw("\1\1\0\2\1\x2d\4\x08\2id\4name"sv).raw("\x08\1\0"sv);
  return out;
}
std::string write_rows() { return "\x12\0\0\0\0\0\1\0\2\3\0\7\0\0\0\3abc\2\x08\0\0\0"s; }
std::string gtid() { return "\x2a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s; }

std::string recording() {
  std::string description = "\4\0"s + "10.11.19-MariaDB-log"s;
  description.resize(2 + 50 + 4, '\0');
  description += "\x13"s + std::string(40, '\0') + "\1";
  return "\xfe" "bin"s + event(EventType::kFormatDescription, description) + event(EventType::kGtid, gtid()) + event(EventType::kTableMap, table_map()) +
         event(EventType::kWriteRowsV1, write_rows()) + event(EventType::kXid, "\1\0\0\0\0\0\0\0"sv);
}

struct NoSchema final : connectors::SchemaSource {
  engine::Result<std::shared_ptr<const connectors::TableSchema>> lookup(const std::string&) override { return std::shared_ptr<const connectors::TableSchema>(); }
  void forget(const std::string&) override {}
};

/// Reads all of it; the last slice, or the error that ended it.
engine::Result<std::optional<connectors::Slice>> read(std::string_view bytes) {
  NoSchema schema;
  connectors::TransactionAssembler assembler({"s", "shop", "", {}, 8U << 20}, schema);
  assembler.start({}, 0);
  connectors::BinlogFile file(bytes);
  std::optional<connectors::Slice> last;
  for (;;) {
    auto next = file.next();
    if (!next) return next.take_error();
    if (!*next) return last;
    auto slice = assembler.feed(**next);
    if (!slice) return slice.take_error();
    if (*slice) last = std::move(*slice);
  }
}

TEST(Binlog, GoodRecordingGivesItsTransaction) {
  const auto slice = read(recording());
  ASSERT_TRUE(slice) << slice.error().detail;
  ASSERT_TRUE(*slice);
  EXPECT_EQ((*slice)->transaction_id, "0-1-42");
  ASSERT_EQ((*slice)->rows.size(), 2u);
  EXPECT_EQ((*slice)->rows[0].after, (connectors::Row{connectors::Cell(std::int64_t{7}), connectors::Cell("abc")}));
  EXPECT_EQ((*slice)->rows[1].after, (connectors::Row{connectors::Cell(std::int64_t{8}), connectors::Cell()}));
  EXPECT_EQ((*slice)->rows[0].table->primary_key, std::vector<std::uint32_t>{0});
}

TEST(Binlog, EveryProperPrefixEndsBetweenEventsOrIsTruncated) {
  const auto whole = recording();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto slice = read(std::string_view(whole).substr(0, n));
    if (slice) {
      EXPECT_FALSE(*slice) << n;  // the commit is the last event
    } else {
      EXPECT_TRUE(slice.error().code == Errc::kTruncated || n < 4) << n << ": " << slice.error().detail;
    }
  }
}

TEST(Binlog, EveryFlippedBitIsNoticed) {
  const auto whole = recording();
  const auto events_begin = whole.find("10.11.19") + 120;  // a flip in the description may choose another checksum
  for (std::size_t bit = events_begin * 8; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(read(damaged)) << bit;
  }
}

TEST(Binlog, DamagedBodiesWithoutChecksumNeverCrash) {
  std::mt19937 random(7);
  NoSchema schema;
  for (int round = 0; round < 20000; ++round) {
    connectors::TransactionAssembler assembler({"s", "shop", "", {}, 8U << 20}, schema);
    assembler.start({}, 0);
    for (auto [type, body] : {std::pair(EventType::kGtid, gtid()), std::pair(EventType::kTableMap, table_map()), std::pair(EventType::kWriteRowsV1, write_rows())}) {
      if (random() % 2) body[random() % body.size()] = static_cast<char>(random());
      if (random() % 8 == 0) body.resize(random() % body.size());
      const auto bytes = event(type, body, false);
      auto decoded = connectors::decode_event(bytes, Checksum::kNone);
      ASSERT_TRUE(decoded);
      if (!assembler.feed(*decoded)) break;
    }
  }
}

struct BadBody {
  const char* name;
  EventType type;
  std::string body;
  Errc want;
};
class RefusesBody : public ::testing::TestWithParam<BadBody> {};
TEST_P(RefusesBody, WithItsCode) {
  NoSchema schema;
  connectors::TransactionAssembler assembler({"s", "shop", "", {}, 8U << 20}, schema);
  assembler.start({}, 0);
  for (const auto& [type, body] : {std::pair(EventType::kGtid, gtid()), std::pair(EventType::kTableMap, table_map())}) {
    if (type == GetParam().type) break;
    const auto bytes = event(type, body);
    ASSERT_TRUE(assembler.feed(*connectors::decode_event(bytes, Checksum::kCrc32)));
  }
  const auto bytes = event(GetParam().type, GetParam().body);
  const auto fed = assembler.feed(*connectors::decode_event(bytes, Checksum::kCrc32));
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, GetParam().want) << fed.error().detail;
}
INSTANTIATE_TEST_SUITE_P(
    Binlog, RefusesBody,
    ::testing::Values(BadBody{"GtidCutOff", EventType::kGtid, "\1\0\0"s, Errc::kTruncated},
                      BadBody{"MapNameOverrun", EventType::kTableMap, "\x12\0\0\0\0\0\1\0\xffshop"s, Errc::kTruncated},
                      BadBody{"MapUnknownType", EventType::kTableMap, "\x12\0\0\0\0\0\1\0\4shop\0\4item\0\1\x64\0\0"s, Errc::kUnsupported},
                      BadBody{"MapMetadataOverrun", EventType::kTableMap, "\x12\0\0\0\0\0\1\0\4shop\0\4item\0\1\x0f\1\x10\0"s, Errc::kMalformed},
                      BadBody{"MapWithoutColumns", EventType::kTableMap, "\x12\0\0\0\0\0\1\0\4shop\0\4item\0\0\0"s, Errc::kMalformed},
                      BadBody{"MapWithoutNames", EventType::kTableMap, "\x12\0\0\0\0\0\1\0\4shop\0\4item\0\1\3\0\0"s, Errc::kUnsupported},
                      BadBody{"RowsOfNoMap", EventType::kWriteRowsV1, "\x13\0\0\0\0\0\1\0\2\3\0\7\0\0\0\3abc"s, Errc::kMalformed},
                      BadBody{"RowsOtherColumnCount", EventType::kWriteRowsV1, "\x12\0\0\0\0\0\1\0\x09\xff\1\0\7\0\0\0\3abc"s, Errc::kMalformed},
                      BadBody{"RowsPartialImage", EventType::kWriteRowsV1, "\x12\0\0\0\0\0\1\0\2\1\0\7\0\0\0"s, Errc::kUnsupported},
                      BadBody{"RowsTextOverrun", EventType::kWriteRowsV1, "\x12\0\0\0\0\0\1\0\2\3\0\7\0\0\0\x63" "abc"s, Errc::kTruncated},
                      BadBody{"RowsBombed", EventType::kWriteRowsCompressedV1, "\x12\0\0\0\0\0\1\0\2\3\x84\xff\xff\xff\xff\x78"s, Errc::kMalformed},
                      BadBody{"RowsUnknownPacking", EventType::kWriteRowsCompressedV1, "\x12\0\0\0\0\0\1\0\2\3\x11\5\x78"s, Errc::kMalformed},
                      BadBody{"Incident", EventType::kIncident, "\1\0\0"s, Errc::kConflict},
                      BadBody{"UnknownType", static_cast<EventType>(99), "x"s, Errc::kUnsupported}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(BinlogPosition, PrintsAndReadsBack) {
  const connectors::BinlogPosition position{3, {{0, 1, 42}, {7, 2, 18446744073709551615U}}, "binlog.000002", 1234};
  EXPECT_EQ(connectors::print(position), "server=3;gtid=0-1-42,7-2-18446744073709551615;file=binlog.000002;at=1234");
  EXPECT_EQ(*connectors::parse_position(connectors::print(position)), position);
  for (const char* bad : {"", "server=1", "server=1;gtid=0-1;file=b;at=1", "server=x;gtid=;file=b;at=1", "server=1;gtid=;file=;at=1"}) {
    EXPECT_FALSE(connectors::parse_position(bad)) << bad;
  }
}
TEST(BinlogPosition, FilesAreOrderedByNumberAlsoWhenItOutgrowsItsZeros) {
  connectors::BinlogPosition position{1, {}, "binlog.999999", 900};
  position.advance("binlog.1000000", 4);
  EXPECT_EQ(position.file, "binlog.1000000");
  position.advance("binlog.999999", 5000);
  EXPECT_EQ(position.offset, 4u);
  EXPECT_TRUE(position.at_or_behind({1, {}, "binlog.999999", 5000}));
  EXPECT_FALSE(position.at_or_behind({1, {}, "binlog.1000000", 5}));
}

struct Spoken {
  const char* name;
  const char* sql;
  connectors::LoggedStatement::Kind kind;
  std::vector<std::string> tables;
};
class ReadsStatement : public ::testing::TestWithParam<Spoken> {};
TEST_P(ReadsStatement, ItsKindAndTables) {
  const auto statement = connectors::read_statement(GetParam().sql);
  EXPECT_EQ(statement.kind, GetParam().kind);
  std::vector<std::string> tables;
  for (const auto& table : statement.tables) tables.push_back(table.database.empty() ? table.table : table.database + "." + table.table);
  EXPECT_EQ(tables, GetParam().tables);
}
using Kind = connectors::LoggedStatement::Kind;
INSTANTIATE_TEST_SUITE_P(
    Binlog, ReadsStatement,
    ::testing::Values(Spoken{"Alter", "ALTER TABLE `a``b` ADD c INT", Kind::kShape, {"a`b"}},
                      Spoken{"AlterRename", "alter table a rename to x.b", Kind::kShape, {"a", "x.b"}},
                      Spoken{"AlterRenamesColumn", "ALTER TABLE a RENAME COLUMN b TO c", Kind::kShape, {"a"}},
                      Spoken{"DropGenerated", "DROP TABLE IF EXISTS `a`,`d`.`b` /* generated by server */", Kind::kShape, {"a", "d.b"}},
                      Spoken{"DropTemporary", "DROP TEMPORARY TABLE a", Kind::kOther, {}},
                      Spoken{"RenameSwap", "RENAME TABLE a TO old, fresh TO a", Kind::kShape, {"a", "old", "fresh", "a"}},
                      Spoken{"CreateLike", "CREATE OR REPLACE TABLE IF NOT EXISTS a LIKE b", Kind::kShape, {"a"}},
                      Spoken{"CreateView", "CREATE VIEW v AS SELECT 1", Kind::kOther, {}},
                      Spoken{"TruncateShort", "truncate `s`.`t`", Kind::kTruncate, {"s.t"}},
                      Spoken{"Insert", "-- note\nINSERT IGNORE INTO t VALUES (1)", Kind::kRows, {"t"}},
                      Spoken{"Update", "UPDATE `d`.t SET a=1", Kind::kRows, {"d.t"}},
                      Spoken{"DeleteOfSeveral", "DELETE a FROM a JOIN b", Kind::kRows, {}},
                      Spoken{"Savepoint", "SAVEPOINT `s`", Kind::kSavepoint, {}},
                      Spoken{"XaCommit", "XA COMMIT X'78',X'',1", Kind::kXaCommit, {}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
