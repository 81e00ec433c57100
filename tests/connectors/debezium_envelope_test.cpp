// Debezium's envelopes as rows: with and without schema, every encoding, and what is refused.

#include <gtest/gtest.h>

#include "connectors/debezium/decimal_bytes.h"
#include "connectors/debezium/envelope.h"

namespace {

using namespace connectors;
using namespace std::string_literals;
using Kind = RowChange::Kind;

constexpr const char* kTables = R"(CREATE TABLE things (
  id int NOT NULL PRIMARY KEY, title varchar(255) NULL, price decimal(14,4) NULL, big bigint unsigned NULL, flag tinyint(1) NULL, ratio double NULL,
  day date NULL, at time NULL, made datetime NULL, fine datetime(6) NULL, zoned timestamp NULL, raw varbinary(16) NULL, bits bit(12) NULL, doc json NULL, born year NULL);
  CREATE TABLE strict (id int NOT NULL PRIMARY KEY, words varchar(20) NOT NULL);)";

class DebeziumEnvelope : public ::testing::Test {
 protected:
  static const DeclaredSchema& schema() {
    static const auto kSchema = *read_declared_schema(kTables, DatabaseKind::kMariaDb, "");
    return kSchema;
  }
  const DeclaredTable& things() const { return schema().tables.at("things"); }
  /// The row's cell of that column, of a create record with this one field beside the id.
  engine::Result<Cell> cell(const std::string& column, const std::string& json, DebeziumModes modes = {}) {
    EnvelopeDecoder decoder(schema(), modes);
    auto record = decoder.decode(R"({"op":"c","before":null,"after":{"id":1,")" + column + "\":" + json + R"(},"source":{"table":"things","ts_ms":1000}})", nullptr);
    if (!record) return record.take_error();
    const auto& columns = things().table->columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].name == column) return (*record)->row.after[i];
    }
    return engine::fail(engine::Errc::kNotFound);
  }
  EnvelopeDecoder decoder_{schema(), {}};
};

TEST_F(DebeziumEnvelope, ReadsEveryOperationWithoutSchema) {
  const auto source = R"("source":{"version":"2.7","table":"strict","ts_ms":1772611200123,"ts_us":1772611200123456,"gtid":"0-1-42","snapshot":"false"})"s;
  const auto made = decoder_.decode(R"({"before":null,"after":{"id":7,"words":"a"},"op":"c","ts_ms":1,)" + source + "}", nullptr);
  ASSERT_TRUE(made && *made) << (made ? "" : made.error().detail);
  EXPECT_EQ((*made)->row.kind, Kind::kInsert);
  EXPECT_EQ((*made)->row.after, (Row{std::int64_t{7}, "a"s}));
  EXPECT_EQ((*made)->transaction, "0-1-42");
  EXPECT_EQ((*made)->commit_time.time_since_epoch().count(), 1772611200123456);
  EXPECT_FALSE((*made)->snapshot);
  const auto changed = decoder_.decode(R"({"op":"u","before":{"id":7,"words":"a"},"after":{"id":7,"words":"b"},)" + source +
                                           R"(,"transaction":{"id":"t9","total_order":3,"data_collection_order":1}})", nullptr);
  ASSERT_TRUE(changed && *changed);
  EXPECT_EQ((*changed)->row.before, (Row{std::int64_t{7}, "a"s}));
  EXPECT_EQ((*changed)->row.after, (Row{std::int64_t{7}, "b"s}));
  EXPECT_EQ((*changed)->transaction, "t9");
  EXPECT_EQ((*changed)->order, 3u);
  const auto gone = decoder_.decode(R"({"op":"d","before":{"id":7,"words":"b"},"after":null,)" + source + "}", nullptr);
  ASSERT_TRUE(gone && *gone);
  EXPECT_EQ((*gone)->row.kind, Kind::kDelete);
  const auto read = decoder_.decode(R"({"op":"r","before":null,"after":{"id":8,"words":"c"},)" + source + "}", nullptr);
  ASSERT_TRUE(read && *read);
  EXPECT_TRUE((*read)->snapshot);
  EXPECT_EQ((*read)->row.kind, Kind::kInsert);
  const auto emptied = decoder_.decode(R"({"op":"t","before":null,"after":null,)" + source + "}", nullptr);
  ASSERT_TRUE(emptied && *emptied);
  EXPECT_EQ((*emptied)->row.kind, Kind::kTruncate);
}

std::string schemed(const std::string& fields, const std::string& row, const std::string& op = "c") {
  const auto side = [&](const std::string& name) { return R"({"type":"struct","fields":[)" + fields + R"(],"optional":true,"name":"x.Value","field":")" + name + "\"}"; };
  return R"({"schema":{"type":"struct","fields":[)" + side("before") + "," + side("after") + R"(],"optional":false,"name":"x.Envelope"},"payload":{"before":null,"after":)" + row +
         R"(,"source":{"table":"things","ts_ms":5,"txId":17},"op":")" + op + R"("}})";
}

// The schema decides, whatever the settings and the declared type would make of it; and it decides again when it changes.
TEST_F(DebeziumEnvelope, TheSchemaBesideThePayloadDecides) {
  const auto id = R"({"type":"int32","optional":false,"field":"id"})"s;
  const auto micros = schemed(id + R"(,{"type":"int64","name":"io.debezium.time.MicroTimestamp","optional":true,"field":"made"})", R"({"id":1,"made":1500000})");
  for (int round = 0; round < 2; ++round) {  // the second time by the bytes of the schema
    const auto record = decoder_.decode(micros, &things());
    ASSERT_TRUE(record && *record) << (record ? "" : record.error().detail);
    EXPECT_EQ((*record)->row.after[8], Cell{"1970-01-01 00:00:01.500000"s});
    EXPECT_EQ((*record)->transaction, "tx17");
  }
  const auto millis = decoder_.decode(schemed(id + R"(,{"type":"int64","name":"io.debezium.time.Timestamp","field":"made"})", R"({"id":1,"made":1500000})"), &things());
  ASSERT_TRUE(millis && *millis);
  EXPECT_EQ((*millis)->row.after[8], Cell{"1970-01-01 00:25:00"s});
  const auto precise = decoder_.decode(
      schemed(id + R"(,{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"},"field":"price"})", R"({"id":1,"price":"BNI="})"), &things());
  ASSERT_TRUE(precise && *precise);
  EXPECT_EQ((*precise)->row.after[2], Cell{std::int64_t{123400}}) << "12.34 with the column's four digits";
  const auto unknown = decoder_.decode(schemed(id + R"(,{"type":"int64","name":"io.debezium.time.MicroDuration","field":"made"})", R"({"id":1,"made":5})"), &things());
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, engine::Errc::kUnsupported);
  EXPECT_NE(unknown.error().detail.find("MicroDuration"), std::string::npos);
  EXPECT_NE(unknown.error().detail.find("made"), std::string::npos);
}

struct Value {
  const char* name;
  const char* column;
  const char* json;
  Cell want;
};
class DebeziumCell : public DebeziumEnvelope, public ::testing::WithParamInterface<Value> {};
TEST_P(DebeziumCell, BecomesTheOneForm) {
  const auto& value = GetParam();
  const auto found = cell(value.column, value.json);
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(*found, value.want);
}
INSTANTIATE_TEST_SUITE_P(
    Debezium, DebeziumCell,
    ::testing::Values(Value{"Null", "title", "null", {}}, Value{"Text", "title", R"("ä\n")", "ä\n"s}, Value{"DecimalPrecise", "price", R"("AeIAcA==")", std::int64_t{31588464}},
                      Value{"DecimalNegative", "price", R"("/w==")", std::int64_t{-1}}, Value{"DecimalDouble", "price", "59.85", std::int64_t{598500}},
                      Value{"DecimalWhole", "price", "3", std::int64_t{30000}}, Value{"BigBeyond", "big", "18446744073709551615", "18446744073709551615"s},
                      Value{"BigText", "big", R"("42")", std::int64_t{42}}, Value{"Flag", "flag", "true", std::int64_t{1}}, Value{"FlagAsNumber", "flag", "0", std::int64_t{0}},
                      Value{"Ratio", "ratio", "0.25", 0.25}, Value{"RatioWhole", "ratio", "2", 2.0}, Value{"Day", "day", "20516", "2026-03-04"s}, Value{"DayBefore1970", "day", "-1", "1969-12-31"s},
                      Value{"DayIso", "day", R"("2026-03-04Z")", "2026-03-04"s}, Value{"TimeIsMicrosInMariaDb", "at", "36672000000", "10:11:12"s},
                      Value{"TimeNegative", "at", "-3600000000", "-01:00:00"s}, Value{"TimeBeyondADay", "at", "3020399000000", "838:59:59"s},
                      Value{"DatetimeIsMillis", "made", "1772619072000", "2026-03-04 10:11:12"s}, Value{"DatetimeSixIsMicros", "fine", "1772619072000001", "2026-03-04 10:11:12.000001"s},
                      Value{"DatetimeIso", "made", R"("2026-03-04T10:11:12Z")", "2026-03-04 10:11:12"s},
                      Value{"TimestampZoned", "zoned", R"("2026-03-04T10:11:12.5+02:00")", "2026-03-04 08:11:12.500000"s}, Value{"Raw", "raw", R"("AP8=")", Bytes{"\x00\xff"s}},
                      Value{"Bits", "bits", R"("AQI=")", std::int64_t{0x201}}, Value{"Json", "doc", R"("{\"a\": 1}")", R"({"a": 1})"s}, Value{"Year", "born", "1999", std::int64_t{1999}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(DebeziumEnvelope, ModesOfTheConnectorCount) {
  DebeziumModes modes;
  modes.decimals = DebeziumModes::Decimals::kString;
  modes.times = DebeziumModes::Times::kConnect;
  modes.binary = DebeziumModes::Binary::kHex;
  EXPECT_EQ(*cell("price", R"("-0.5")", modes), Cell{std::int64_t{-5000}});
  EXPECT_EQ(*cell("fine", "1772619072001", modes), Cell{"2026-03-04 10:11:12.001000"s});
  EXPECT_EQ(*cell("at", "1000", modes), Cell{"00:00:01"s});
  EXPECT_EQ(*cell("raw", R"("00ff")", modes), (Cell{Bytes{"\x00\xff"s}}));
}

struct Bad {
  const char* name;
  const char* value;
  engine::Errc want;
  const char* says;
};
class DebeziumBad : public DebeziumEnvelope, public ::testing::WithParamInterface<Bad> {};
TEST_P(DebeziumBad, IsRefusedByName) {
  const auto record = decoder_.decode(GetParam().value, nullptr);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, GetParam().want) << record.error().detail;
  EXPECT_NE(record.error().detail.find(GetParam().says), std::string::npos) << record.error().detail;
}
#define SOURCE R"("source":{"table":"strict"})"
INSTANTIATE_TEST_SUITE_P(
    Debezium, DebeziumBad,
    ::testing::Values(Bad{"NoJson", "{", engine::Errc::kMalformed, "no JSON"}, Bad{"NoObject", "[1]", engine::Errc::kMalformed, "object"},
                      Bad{"Unwrapped", R"({"id":1,"words":"a"})", engine::Errc::kMalformed, "ExtractNewRecordState"},
                      Bad{"NoTable", R"({"op":"c","source":{}})", engine::Errc::kMalformed, "names no table"},
                      Bad{"UnknownOperation", R"({"op":"x",)" SOURCE "}", engine::Errc::kUnsupported, "operation"},
                      Bad{"NoFormerRow", R"({"op":"u","before":null,"after":{"id":1,"words":"a"},)" SOURCE "}", engine::Errc::kUnsupported, "REPLICA IDENTITY"},
                      Bad{"NoAfter", R"({"op":"c","after":null,)" SOURCE "}", engine::Errc::kMalformed, "no after"},
                      Bad{"MissingColumn", R"({"op":"c","after":{"id":1},)" SOURCE "}", engine::Errc::kMalformed, "column words"},
                      Bad{"WrongType", R"({"op":"c","after":{"id":{},"words":"a"},)" SOURCE "}", engine::Errc::kMalformed, "column id"},
                      Bad{"LeftOut", R"({"op":"c","after":{"id":1,"words":"__debezium_unavailable_value"},)" SOURCE "}", engine::Errc::kUnsupported, "REPLICA IDENTITY FULL"},
                      Bad{"NumberOutOfRange", R"({"op":"c","after":{"id":1,"day":9223372036854775807},"source":{"table":"things"}})", engine::Errc::kMalformed, "column day"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(DebeziumEnvelope, WhatIsNoRowIsPassedOver) {
  for (const char* value : {R"({"op":"c","after":{"id":1},"source":{"table":"elsewhere"}})", R"({"op":"m","message":{},"source":{"table":""}})",
                            R"({"source":{},"ddl":"ALTER TABLE","tableChanges":[]})", R"({"schema":null,"payload":null})"}) {
    const auto record = decoder_.decode(value, nullptr);
    ASSERT_TRUE(record) << value << ": " << record.error().detail;
    EXPECT_FALSE(*record) << value;
  }
}

TEST_F(DebeziumEnvelope, ATombstoneNamesItsRow) {
  const auto& strict = schema().tables.at("strict");
  for (const char* key : {R"({"id":5})", R"({"schema":{"type":"struct","fields":[{"type":"int32","field":"id"}]},"payload":{"id":5}})"}) {
    const auto gone = decoder_.decode_tombstone(key, strict);
    ASSERT_TRUE(gone && *gone) << key;
    EXPECT_EQ((*gone)->before, (Row{std::int64_t{5}, Cell{}}));
    EXPECT_EQ((*gone)->kind, Kind::kDelete);
  }
  const auto other = decoder_.decode_tombstone(R"({"other":1})", strict);
  EXPECT_TRUE(other && !*other);
}

TEST_F(DebeziumEnvelope, MarksBoundTransactions) {
  const auto end = decoder_.decode_mark(R"({"status":"END","id":"571","ts_ms":1,"event_count":3,"data_collections":[{"data_collection":"craft.a","event_count":2},{"data_collection":"craft.b","event_count":1}]})");
  ASSERT_TRUE(end) << end.error().detail;
  EXPECT_TRUE(end->end);
  EXPECT_EQ(end->id, "571");
  EXPECT_EQ(end->events, 3u);
  ASSERT_EQ(end->collections.size(), 2u);
  EXPECT_EQ(end->collections[0].name, "craft.a");
  EXPECT_FALSE(decoder_.decode_mark(R"({"status":"BEGIN","id":"571"})")->end);
  EXPECT_FALSE(decoder_.decode_mark(R"({"status":"PERHAPS","id":"571"})"));
}

TEST_F(DebeziumEnvelope, EveryBeginningOfARecordIsRefused) {
  const auto whole = schemed(R"({"type":"int32","field":"id"})", R"({"id":1})");
  ASSERT_TRUE(decoder_.decode(whole, &things()));
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decoder_.decode(whole.substr(0, size), &things())) << size;
}

// As Debezium 3.6 wrote it, reading PostgreSQL 15, without schema: each event of a transaction names another place behind the colon.
TEST(DebeziumOfPostgres, ReadsWhatTheConnectorReallyWrites) {
  const auto schema = *read_declared_schema(
      "CREATE TABLE public.things (id integer NOT NULL, title character varying(50), price numeric(14,4), loose numeric, big bigint, flag boolean DEFAULT false NOT NULL, ratio double precision, "
      "day date, at time without time zone, made timestamp(0) without time zone, fine timestamp without time zone, zoned timestamp with time zone, raw bytea, bits bit(12), doc jsonb, uid uuid);"
      "ALTER TABLE ONLY public.things ADD CONSTRAINT things_pkey PRIMARY KEY (id);",
      DatabaseKind::kPostgres, "");
  EnvelopeDecoder decoder(schema, {});
  const auto read = decoder.decode(
      R"x({"before":null,"after":{"id":1,"title":"ä \"x\"","price":"CSHk","loose":{"scale":16,"value":"/kPpKYsTf/8="},"big":9223372036854775807,"flag":true,"ratio":0.25,"day":20516,)x"
      R"x("at":36672500000,"made":1772619072000,"fine":1772619072000001,"zoned":"2026-03-04T08:11:12.500000Z","raw":"AP8=","bits":"BQ==","doc":"{\"a\": [1, 2]}",)x"
      R"x("uid":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},"source":{"version":"3.6.1.Final","connector":"postgresql","name":"b","ts_ms":1795658596832,"snapshot":"first","db":"postgres",)x"
      R"x("sequence":"[null,\"22184760\"]","ts_us":1795658596832685,"ts_ns":1795658596832685000,"schema":"public","table":"things","txId":729,"lsn":22184760,"xmin":null},)x"
      R"x("transaction":null,"op":"r","ts_ms":1795658597259})x",
      nullptr);
  ASSERT_TRUE(read && *read) << (read ? "" : read.error().detail);
  EXPECT_EQ((*read)->row.after,
            (Row{std::int64_t{1}, "ä \"x\""s, std::int64_t{598500}, "-12.5000000000000001"s, std::int64_t{9223372036854775807}, std::int64_t{1}, 0.25, "2026-03-04"s, "10:11:12.500000"s,
                 "2026-03-04 10:11:12"s, "2026-03-04 10:11:12.000001"s, "2026-03-04 08:11:12.500000"s, Bytes{"\x00\xff"s}, std::int64_t{5}, R"({"a": [1, 2]})"s,
                 "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"s}));
  EXPECT_EQ((*read)->log_position, 22184760u);
  const auto updated = decoder.decode(R"({"before":null,"after":{"id":3,"flag":false},"source":{"table":"things","txId":731,"lsn":22185016},"transaction":{"id":"731:22185016","total_order":2},"op":"c"})", nullptr);
  ASSERT_TRUE(updated && *updated) << updated.error().detail;
  const auto end = decoder.decode_mark(R"({"status":"END","id":"731:22185200","event_count":2,"data_collections":[{"data_collection":"public.things","event_count":2}]})");
  ASSERT_TRUE(end);
  EXPECT_EQ((*updated)->transaction, end->id);
}

TEST(DecimalBytes, AnyLengthOfNumber) {
  EXPECT_EQ(integer_text(std::string("\x00", 1)), "0");
  EXPECT_EQ(integer_text("\x7f"), "127");
  EXPECT_EQ(integer_text("\x80"), "-128");
  EXPECT_EQ(integer_text(std::string("\x01\0\0\0\0\0\0\0\0", 9)), "18446744073709551616");
  EXPECT_EQ(integer_text(""), std::nullopt);
  EXPECT_EQ(integer_text(std::string(65, '\x01')), std::nullopt);
}

TEST(DecimalBytes, DecimalsAreScaledExactly) {
  EXPECT_EQ(scaled_decimal("59.85", 4), Cell{std::int64_t{598500}});
  EXPECT_EQ(scaled_decimal("1.50000", 4), Cell{std::int64_t{15000}});
  EXPECT_EQ(scaled_decimal("1.00005", 4), std::nullopt) << "a digit would be lost";
  EXPECT_EQ(scaled_decimal("-99999999999999999999.5", 2), Cell{std::string("-99999999999999999999.50")});
  EXPECT_EQ(scaled_decimal("1E+2", 0), Cell{std::int64_t{100}});
  EXPECT_EQ(scaled_decimal("1E+200", 0), std::nullopt);
  EXPECT_EQ(scaled_decimal("x", 0), std::nullopt);
  EXPECT_EQ(scaled_decimal(".", 0), std::nullopt);
  EXPECT_EQ(scaled_decimal("-0.0000", 4), Cell{std::int64_t{0}});
}

}  // namespace
