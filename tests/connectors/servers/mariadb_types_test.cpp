// Every column type through a real MariaDB: what SELECT shows, what a chunk gives and what the binlog gives must be one.

#include <gtest/gtest.h>

#include "connectors/mariadb/mariadb_source.h"
#include "tests/support/mariadb_server.h"

namespace {

using namespace std::chrono_literals;
using connectors::Bytes;
using connectors::Cell;
using connectors::MariaDbOptions;
using connectors::MariaDbSource;
using connectors::RowChange;
using connectors::Slice;

test::MariaDbServer& server() {
  static test::MariaDbServer one;
  return one;
}

MariaDbOptions options() {
  MariaDbOptions o;
  o.socket = server().socket();
  o.user = "root";
  o.database = "types";
  o.heartbeat = 200ms;
  return o;
}

/// The row changes of the stream until one of `table` came.
std::vector<RowChange> read_until(MariaDbSource& source, const std::string& table) {
  for (int i = 0; i < 200; ++i) {
    auto slice = source.next(500ms);
    if (!slice) {
      ADD_FAILURE() << slice.error().detail;
      return {};
    }
    if (*slice && !(*slice)->rows.empty() && (*slice)->rows[0].table->name == table) return std::move((*slice)->rows);
  }
  ADD_FAILURE() << "no rows of " << table;
  return {};
}

std::string shown(const Cell& cell) {
  struct Printer {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(std::int64_t n) const { return "int " + std::to_string(n); }
    std::string operator()(double d) const { return "real " + std::to_string(d); }
    std::string operator()(const std::string& s) const { return "text " + s; }
    std::string operator()(const Bytes& b) const { return "bytes(" + std::to_string(b.data.size()) + ") " + b.data; }
  };
  return std::visit(Printer{}, cell);
}

struct TypeCase {
  const char* name;
  const char* type;
  const char* values;  // rows of one value, in parentheses
};

class EveryType : public ::testing::TestWithParam<TypeCase> {};

TEST_P(EveryType, IsTheSameByChunkAndByBinlog) {
  const auto& c = GetParam();
  const std::string table = c.name;
  server().execute("CREATE DATABASE IF NOT EXISTS types");
  server().execute("CREATE TABLE types." + table + " (id INT PRIMARY KEY AUTO_INCREMENT, v " + c.type + ")");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server().execute("INSERT INTO types." + table + " (v) VALUES " + c.values + ",(NULL)");

  const auto streamed = read_until(source, table);
  auto described = source.describe({table});
  ASSERT_TRUE(described && described->size() == 1);
  auto chunk = source.read_chunk(described->front(), {}, 1000);
  ASSERT_TRUE(chunk) << chunk.error().detail;
  ASSERT_EQ(streamed.size(), chunk->rows.size());
  EXPECT_TRUE(chunk->last);
  EXPECT_EQ(*streamed[0].table, *chunk->table);
  for (std::size_t i = 0; i < streamed.size(); ++i) {
    EXPECT_EQ(streamed[i].after, chunk->rows[i]) << shown(streamed[i].after[1]) << " streamed, " << shown(chunk->rows[i][1]) << " read";
  }
}

INSTANTIATE_TEST_SUITE_P(
    MariaDb, EveryType,
    ::testing::Values(
        TypeCase{"tiny", "TINYINT", "(-128),(127),(0)"}, TypeCase{"tiny_unsigned", "TINYINT UNSIGNED", "(255),(0)"},
        TypeCase{"boolean", "TINYINT(1)", "(0),(1)"}, TypeCase{"small", "SMALLINT", "(-32768),(32767)"},
        TypeCase{"small_unsigned", "SMALLINT UNSIGNED", "(65535)"}, TypeCase{"medium", "MEDIUMINT", "(-8388608),(8388607)"},
        TypeCase{"medium_unsigned", "MEDIUMINT UNSIGNED", "(16777215)"}, TypeCase{"integer", "INT", "(-2147483648),(2147483647)"},
        TypeCase{"integer_unsigned", "INT UNSIGNED", "(4294967295)"},
        TypeCase{"big", "BIGINT", "(-9223372036854775808),(9223372036854775807)"},
        TypeCase{"big_unsigned", "BIGINT UNSIGNED", "(18446744073709551615),(9223372036854775807),(9223372036854775808)"},
        TypeCase{"real_small", "FLOAT", "(0.1),(-1.5e30),(1234567.891),(3.4028234e38)"},
        TypeCase{"real_small_fixed", "FLOAT(7,3)", "(1.2345),(-1234.567)"},
        TypeCase{"real_big", "DOUBLE", "(0.1),(0.1e0+0.2e0),(-1.7976931348623157e308),(2.2250738585072014e-308),(1e20),(123456789.123456789)"},
        TypeCase{"real_big_fixed", "DOUBLE(10,2)", "(33333.333),(-0.01)"},
        TypeCase{"decimal_money", "DECIMAL(14,4)", "(-12.5),(0),(9999999999.9999),(0.0001),(-0.0001)"},
        TypeCase{"decimal_whole", "DECIMAL(9,0)", "(-999999999),(1)"},
        TypeCase{"decimal_fraction", "DECIMAL(20,20)", "(0.00000000000000000001),(-0.12345678901234567890)"},
        TypeCase{"decimal_wide", "DECIMAL(65,30)", "(12345678901234567890123456789012345.123456789012345678901234567890),(-1),(0.5),(0)"},
        TypeCase{"bits", "BIT(9)", "(b'101'),(b'111111111'),(0)"}, TypeCase{"bits_all", "BIT(64)", "(18446744073709551615),(1)"},
        TypeCase{"years", "YEAR", "(0),(1901),(2155),(2026)"},
        TypeCase{"dates", "DATE", "('2026-03-04'),('0001-01-01'),('9999-12-31'),('2024-02-29')"},
        TypeCase{"times", "TIME", "('00:00:00'),('-838:59:59'),('838:59:59'),('-00:00:01'),('07:08:09')"},
        TypeCase{"times_1", "TIME(1)", "('10:11:12.1'),('-10:11:12.9'),('-00:00:00.1'),('00:00:00')"},
        TypeCase{"times_3", "TIME(3)", "('10:11:12.123'),('-10:11:12.001'),('-00:00:00.999')"},
        TypeCase{"times_6", "TIME(6)", "('10:11:12.000001'),('-10:11:12.999999'),('-838:59:59.999999')"},
        TypeCase{"datetimes", "DATETIME", "('2026-03-04 10:11:12'),('1000-01-01 00:00:00'),('9999-12-31 23:59:59')"},
        TypeCase{"datetimes_3", "DATETIME(3)", "('2026-03-04 10:11:12.250'),('2026-03-04 10:11:12.000')"},
        TypeCase{"datetimes_6", "DATETIME(6)", "('2026-03-04 10:11:12.000250')"},
        TypeCase{"instants", "TIMESTAMP NULL", "('2026-03-04 10:11:12'),('1970-01-01 00:00:01'),('2038-01-19 03:14:07')"},
        TypeCase{"instants_2", "TIMESTAMP(2) NULL", "('2026-03-04 10:11:12.25'),('2026-03-04 10:11:12')"},
        TypeCase{"instants_6", "TIMESTAMP(6) NULL", "('2026-03-04 10:11:12.999999')"},
        TypeCase{"chars", "CHAR(100)", "('Ümläut  '),(''),('x'),('😀')"},
        TypeCase{"chars_wide", "CHAR(255)", "(REPEAT('ß',255)),('y')"},
        TypeCase{"chars_latin", "CHAR(10) CHARACTER SET latin1", "('Grün €'),('ÿ  ')"},
        TypeCase{"texts_small", "VARCHAR(63)", "('Ümläut  '),(''),('a\\'b')"},
        TypeCase{"texts_wide", "VARCHAR(2000)", "(REPEAT('€',2000)),('')"},
        TypeCase{"texts_latin", "VARCHAR(99) CHARACTER SET latin1", "('Œuvre ™ €'),(CONVERT(x'8180ff' USING latin1))"},
        TypeCase{"texts_ascii", "VARCHAR(99) CHARACTER SET ascii", "('plain')"},
        TypeCase{"texts_three", "VARCHAR(99) CHARACTER SET utf8mb3", "('drei€')"},
        TypeCase{"texts_collation", "VARCHAR(99) COLLATE utf8mb4_uca1400_ai_ci", "('näh')"},
        TypeCase{"text_tiny", "TINYTEXT", "('t')"}, TypeCase{"text", "TEXT", "(REPEAT('ab',20000)),('')"},
        TypeCase{"text_medium", "MEDIUMTEXT", "(REPEAT('ab',100000))"}, TypeCase{"text_long", "LONGTEXT", "('l')"},
        TypeCase{"json", "JSON", "('{\"a\": [1, 2]}')"},
        TypeCase{"binaries", "BINARY(8)", "(x'0102'),(x'0000000000000000'),(x'ff000000000000ff')"},
        TypeCase{"varbinaries", "VARBINARY(300)", "(x'00ff00'),('')"}, TypeCase{"blob_tiny", "TINYBLOB", "(x'00')"},
        TypeCase{"blobs", "BLOB", "(x'deadbeef00')"}, TypeCase{"blob_medium", "MEDIUMBLOB", "(x'01')"}, TypeCase{"blob_long", "LONGBLOB", "(x'02')"},
        TypeCase{"words", "ENUM('a','b''c','Ü')", "('a'),('b\\'c'),('Ü')"},
        TypeCase{"words_latin", "ENUM('é','x') CHARACTER SET latin1", "('é')"},
        TypeCase{"word_sets", "SET('x','y','ö','z')", "(''),('x'),('x,ö,z')"},
        TypeCase{"uuids", "UUID",
                 "('123e4567-e89b-12d3-a456-426655440000'),('00000000-0000-0000-0000-000000000000'),('ffffffff-ffff-ffff-ffff-ffffffffffff'),"
                 "('0190163d-8694-739b-aea5-966c26f8ad91'),('f47ac10b-58cc-4372-a567-0e02b2c3d479'),('f47ac10b-58cc-4372-0567-0e02b2c3d400')"},
        TypeCase{"inet6", "INET6",
                 "('::'),('::1'),('2001:db8::ff00:42:8329'),('::ffff:1.2.3.4'),('::1.2.3.4'),('1:0:2:0:0:3:0:0'),('1:0:2:3:4:5:6:7'),"
                 "('fe80::'),('1:2:3:4:5:6:7:0'),('0:1::')"},
        TypeCase{"inet4", "INET4", "('0.0.0.0'),('255.1.2.3'),('1.2.0.0')"},
        TypeCase{"points", "POINT", "(POINT(1,2))"}, TypeCase{"shapes", "GEOMETRY", "(ST_GeomFromText('LINESTRING(0 0,1 1)',4326))"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(EveryTypeTogether, ZeroDatesAndRefusedWordsKeepWhatTheServerPrints) {
  server().execute("CREATE DATABASE IF NOT EXISTS types");
  server().execute("CREATE TABLE types.zeros (id INT PRIMARY KEY, d DATE, dt DATETIME, ts TIMESTAMP(3), e ENUM('a'), v INT AS (id + 1) VIRTUAL, s INT AS (id + 2) STORED)");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server().load_sql("SET sql_mode=''; INSERT INTO types.zeros (id,d,dt,ts,e) VALUES (1,'0000-00-00','2026-00-00 00:00:00',0,'nonsense');");
  const auto streamed = read_until(source, "zeros");
  auto described = source.describe({"zeros"});
  ASSERT_TRUE(described && described->size() == 1);
  auto chunk = source.read_chunk(described->front(), {}, 1000);
  ASSERT_TRUE(chunk) << chunk.error().detail;
  ASSERT_EQ(streamed.size(), 1u);
  for (std::size_t i = 0; i < chunk->rows[0].size(); ++i) {
    EXPECT_EQ(streamed[0].after[i], chunk->rows[0][i]) << i << ": " << shown(streamed[0].after[i]) << " streamed, " << shown(chunk->rows[0][i]) << " read";
  }
  EXPECT_EQ(streamed[0].after[1], Cell("0000-00-00"));
  EXPECT_EQ(streamed[0].after[2], Cell("2026-00-00 00:00:00"));
  EXPECT_EQ(streamed[0].after[3], Cell("0000-00-00 00:00:00"));
  EXPECT_EQ(streamed[0].after[4], Cell(""));
}

TEST(EveryTypeTogether, NormalisedFormsArePinned) {
  server().execute("CREATE DATABASE IF NOT EXISTS types");
  server().execute("CREATE TABLE types.pinned (id INT PRIMARY KEY, m DECIMAL(14,4), t TIME(3), i TIMESTAMP(2), b BINARY(3), n BIGINT UNSIGNED, x BIT(3))");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  server().execute("INSERT INTO types.pinned VALUES (1,-12.5,'-07:08:09.5','2026-03-04 10:11:12.25',x'01',18446744073709551615,b'110')");
  const auto rows = read_until(source, "pinned");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].after, (connectors::Row{Cell(std::int64_t{1}), Cell(std::int64_t{-125000}), Cell("-07:08:09.500000"), Cell("2026-03-04 10:11:12.250000"),
                                            Cell(Bytes{std::string("\1\0\0", 3)}), Cell("18446744073709551615"), Cell(std::int64_t{6})}));
}

TEST(Unreadable, CharacterSetIsRefusedWithColumnAndCure) {
  server().execute("CREATE DATABASE IF NOT EXISTS types");
  server().execute("CREATE TABLE types.cyrillic (id INT PRIMARY KEY, word VARCHAR(9) CHARACTER SET cp1251)");
  MariaDbSource source(options());
  ASSERT_TRUE(source.connect({}));
  const auto described = source.describe({"cyrillic"});
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().code, engine::Errc::kUnsupported);
  EXPECT_NE(described.error().detail.find("word"), std::string::npos);
  EXPECT_NE(described.error().detail.find("CONVERT TO CHARACTER SET utf8mb4"), std::string::npos);
  server().execute("DROP TABLE types.cyrillic");
}

}  // namespace
