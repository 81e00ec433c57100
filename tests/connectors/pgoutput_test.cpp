// pgoutput's messages, and what becomes of them, without a server.

#include "connectors/postgres/pgoutput.h"

#include <gtest/gtest.h>

#include <map>

#include "connectors/postgres/transaction_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/text_codec.h"
#include "tests/support/fixtures.h"

namespace {

using namespace connectors;
using namespace connectors::postgres;
using engine::ByteWriter;
using engine::Errc;

std::vector<std::string> recorded_messages() {
  std::vector<std::string> out;
  for (const auto& line : test::read_lines(*test::fixtures() / "craft/postgres/pgoutput.tsv.gz")) {
    auto bytes = engine::from_hex(std::string_view(line).substr(line.rfind('\t') + 1));
    EXPECT_TRUE(bytes) << line.substr(0, 80);
    if (bytes) out.push_back(std::move(*bytes));
  }
  return out;
}

TEST(Pgoutput, EveryRecordedMessageIsDecoded) {
  MILLRACE_NEEDS_FIXTURES();
  std::map<std::size_t, std::size_t> kinds;
  for (const auto& bytes : recorded_messages()) {
    const auto message = decode_message(bytes);
    ASSERT_TRUE(message) << message.error().detail << ": " << engine::to_hex(bytes.substr(0, 60));
    ++kinds[message->index()];
  }
  EXPECT_EQ(kinds[0], kinds[1]) << "what begins ends";
  EXPECT_GT(kinds[3], 0u) << "relations";
  EXPECT_GT(kinds[5], 1000u) << "rows";
  EXPECT_EQ(kinds[6], 1u) << "one truncation";
}

TEST(Pgoutput, NoPieceOfARecordedMessageIsTakenForAWholeOne) {
  MILLRACE_NEEDS_FIXTURES();
  std::map<char, unsigned> tried;
  for (const auto& bytes : recorded_messages()) {
    if (++tried[bytes[0]] > 5) continue;
    for (std::size_t size = 0; size < std::min<std::size_t>(bytes.size(), 400); ++size) {
      const auto piece = decode_message(std::string_view(bytes).substr(0, size));
      ASSERT_FALSE(piece) << bytes[0] << " of " << size << " bytes";
      EXPECT_TRUE(piece.error().code == Errc::kTruncated || piece.error().code == Errc::kMalformed);
    }
    EXPECT_EQ(decode_message(bytes + "x").error().code, Errc::kMalformed) << "bytes behind the end";
  }
}

TEST(Pgoutput, LengthsAreNotBelieved) {
  std::string bytes;
  ByteWriter(bytes).raw("I").big(std::uint32_t{1}).raw("N").big(std::uint16_t{65535}).raw("n");
  EXPECT_EQ(decode_message(bytes).error().code, Errc::kTruncated) << "more columns than bytes";
  bytes.clear();
  ByteWriter(bytes).raw("I").big(std::uint32_t{1}).raw("N").big(std::uint16_t{1}).raw("t").big(std::uint32_t{0xffffffff}).raw("x");
  EXPECT_EQ(decode_message(bytes).error().code, Errc::kTruncated) << "a value longer than the message";
  bytes.clear();
  ByteWriter(bytes).raw("T").big(std::uint32_t{0x40000000}).raw(std::string_view("\0", 1));
  EXPECT_EQ(decode_message(bytes).error().code, Errc::kTruncated) << "more relations than bytes";
  EXPECT_EQ(decode_message("Z").error().code, Errc::kUnsupported);
  EXPECT_EQ(decode_message("").error().code, Errc::kTruncated);
}

TEST(Lsn, IsPrintedAsTheServerDoes) {
  EXPECT_EQ(print(Lsn{0x10BB06B68}), "1/BB06B68");
  EXPECT_EQ(parse_lsn("1/BB06B68").value(), 0x10BB06B68u);
  for (const char* wrong : {"", "1", "1/", "/1", "1/2/3", "1/123456789", "g/0"}) EXPECT_FALSE(parse_lsn(wrong)) << wrong;
  const WalPosition position{"7577", 3, 0x10BB06B68};
  EXPECT_EQ(parse_wal_position(print(position)).value(), position);
  EXPECT_FALSE(parse_wal_position("server=1;gtid=0-1-42;file=binlog.000002;at=1234")) << "another database's";
}

Cell cell(const std::string& type, std::string_view text) { return cell_from_text(form_of(type), column_of("c", type), text); }

TEST(CellForm, TypesTakeTheNormalForm) {
  EXPECT_EQ(cell("boolean", "t"), Cell(std::int64_t{1}));
  EXPECT_EQ(cell("boolean", "f"), Cell(std::int64_t{0}));
  EXPECT_EQ(cell("smallint", "-7"), Cell(std::int64_t{-7}));
  EXPECT_EQ(cell("bigint", "9223372036854775807"), Cell(std::int64_t{9223372036854775807}));
  EXPECT_EQ(cell("numeric(14,4)", "-12.5000"), Cell(std::int64_t{-125000}));
  EXPECT_EQ(cell("numeric(14,4)", "0.0000"), Cell(std::int64_t{0}));
  EXPECT_EQ(cell("numeric(14,4)", "NaN"), Cell("NaN"));
  EXPECT_EQ(cell("numeric(38,2)", "123456789012345678901234567890.12"), Cell("123456789012345678901234567890.12")) << "beyond 64 bits";
  EXPECT_EQ(cell("numeric", "1.50"), Cell("1.50")) << "no scale is fixed";
  EXPECT_EQ(cell("double precision", "0.1"), Cell(0.1));
  EXPECT_EQ(cell("character(5)", "ab   "), Cell("ab"));
  EXPECT_EQ(cell("character varying(5)", "ab  "), Cell("ab  "));
  EXPECT_EQ(cell("bytea", "\\x00ff"), Cell(Bytes{std::string("\0\xff", 2)}));
  EXPECT_EQ(cell("timestamp(0) without time zone", "2026-11-22 18:14:25"), Cell("2026-11-22 18:14:25"));
  EXPECT_EQ(cell("timestamp without time zone", "2026-11-22 18:14:25.5"), Cell("2026-11-22 18:14:25.500000"));
  EXPECT_EQ(cell("timestamp with time zone", "2026-11-22 18:14:25.5+00"), Cell("2026-11-22 18:14:25.500000"));
  EXPECT_EQ(cell("timestamp with time zone", "infinity"), Cell("infinity"));
  EXPECT_EQ(cell("time without time zone", "18:14:25.25"), Cell("18:14:25.250000"));
  EXPECT_EQ(cell("bit(4)", "1010"), Cell(std::int64_t{10}));
  EXPECT_EQ(cell("integer[]", "{1,2}"), Cell("{1,2}"));
}

TEST(CellForm, BuiltinTypesArePrintedAsFormatTypeDoes) {
  EXPECT_EQ(builtin_type(1700, 917512), "numeric(14,4)");
  EXPECT_EQ(builtin_type(1700, -1), "numeric");
  EXPECT_EQ(builtin_type(1043, 259), "character varying(255)");
  EXPECT_EQ(builtin_type(1042, 40), "character(36)");
  EXPECT_EQ(builtin_type(16384, -1), "") << "not built in";
}

// ---- transactions

void text(ByteWriter& out, std::string_view value) { out.raw("t").big(static_cast<std::uint32_t>(value.size())).raw(value); }

/// Messages about one table item(id integer, name text, blob text), id its key.
class Transactions : public ::testing::Test {
 protected:
  Transactions() : reader_({"cms", "public", "", {"item"}, 1000}, [](std::uint32_t, std::int32_t) { return std::string("text"); }) {
    reader_.start({"77", 1, 100}, 5000);
  }
  static std::string begin(Lsn commit) {
    std::string bytes;
    ByteWriter(bytes).raw("B").big(commit).big(std::uint64_t{1'000'000}).big(std::uint32_t{7});
    return bytes;
  }
  static std::string commit(Lsn at, Lsn end) {
    std::string bytes;
    ByteWriter(bytes).raw("C").big(std::uint8_t{0}).big(at).big(end).big(std::uint64_t{1'000'000});
    return bytes;
  }
  static std::string relation(std::vector<std::string> columns = {"id", "name", "blob"}, char identity = 'd') {
    std::string bytes;
    ByteWriter out(bytes);
    out.raw("R").big(std::uint32_t{9}).raw(std::string_view("public\0item\0", 12)).raw(std::string_view(&identity, 1));
    out.big(static_cast<std::uint16_t>(columns.size()));
    for (const auto& column : columns) {
      out.big(static_cast<std::uint8_t>(column == "id")).raw(column).raw(std::string_view("\0", 1));
      out.big(std::uint32_t{column == "id" ? 23u : 25u}).big(std::uint32_t{0xffffffff});
    }
    return bytes;
  }
  static std::string update(std::string_view id, std::string_view name, bool blob_unchanged) {
    std::string bytes;
    ByteWriter out(bytes);
    out.raw("U").big(std::uint32_t{9}).raw("N").big(std::uint16_t{3});
    text(out, id);
    text(out, name);
    if (blob_unchanged) out.raw("u");
    else out.raw("n");
    return bytes;
  }
  std::optional<Slice> feed(const std::string& bytes) {
    auto slice = reader_.feed(bytes);
    EXPECT_TRUE(slice) << slice.error().detail;
    return slice ? std::move(*slice) : std::nullopt;
  }
  TransactionReader reader_;
};

TEST_F(Transactions, WhatIsNotSentIsMarked) {
  EXPECT_FALSE(feed(begin(200)));
  EXPECT_FALSE(feed(relation()));
  EXPECT_FALSE(feed(update("4", "new", true)));
  const auto slice = feed(commit(200, 230));
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->rows.size(), 1u);
  const auto& change = slice->rows[0];
  EXPECT_TRUE(change.key_only);
  EXPECT_EQ(change.before, (Row{Cell(std::int64_t{4}), Cell(), Cell()}));
  EXPECT_EQ(change.after, (Row{Cell(std::int64_t{4}), Cell("new"), Cell()}));
  EXPECT_EQ(change.unchanged, std::vector<std::uint32_t>{2});
  EXPECT_EQ(slice->position.sequence, 5000u + 130u) << "every byte counts";
  EXPECT_EQ(slice->position.token, "system=77;timeline=1;lsn=0/E6");
}

TEST_F(Transactions, AShapeThatChangesUnderWayIsToldWithItsColumns) {
  TableShape shape;
  shape.table.name = "item";
  shape.attributes = {{"id", 23, -1, 1}, {"name", 25, -1, 2}, {"blob", 25, -1, 3}};
  reader_.expect({shape});
  EXPECT_FALSE(feed(begin(200)));
  EXPECT_FALSE(feed(relation()));
  EXPECT_FALSE(feed(update("4", "new", false)));
  const auto same = feed(commit(200, 230));
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->altered.empty());
  EXPECT_FALSE(feed(begin(300)));
  EXPECT_FALSE(feed(relation({"id", "name", "blob", "more"})));
  const auto more = feed(commit(300, 330));
  ASSERT_TRUE(more);
  ASSERT_EQ(more->altered.size(), 1u);
  EXPECT_EQ(more->altered[0].words, std::vector<std::string>{"more"});
  EXPECT_FALSE(feed(begin(400)));
  EXPECT_FALSE(feed(relation({"id", "blob", "more", "name"})));
  const auto moved = feed(commit(400, 430));
  ASSERT_TRUE(moved);
  ASSERT_EQ(moved->altered.size(), 1u) << "name was dropped and added again";
  EXPECT_EQ(std::count(moved->altered[0].words.begin(), moved->altered[0].words.end(), "name"), 1);
}

TEST_F(Transactions, ALargeOneComesInSlices) {
  EXPECT_FALSE(feed(begin(200)));
  EXPECT_FALSE(feed(relation()));
  std::size_t rows = 0, slices = 0;
  for (int i = 0; i < 20; ++i) {
    if (const auto slice = feed(update(std::to_string(i), std::string(300, 'x'), false))) {
      EXPECT_FALSE(slice->last);
      rows += slice->rows.size();
      ++slices;
    }
  }
  EXPECT_GT(slices, 3u);
  const auto end = feed(commit(200, 230));
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->last);
  EXPECT_EQ(rows + end->rows.size(), 20u);
}

TEST_F(Transactions, APlaceBeforeTheNextTransactionIsReachedWhenItBegins) {
  EXPECT_FALSE(feed(begin(200)));
  EXPECT_EQ(reader_.position().lsn, 200u);
  reader_.pass(500);
  EXPECT_EQ(reader_.position().lsn, 200u) << "inside a transaction a keepalive says nothing";
  EXPECT_FALSE(feed(commit(200, 230))) << "nothing of ours";
  EXPECT_EQ(reader_.position().lsn, 230u);
  reader_.pass(500);
  EXPECT_EQ(reader_.position().lsn, 500u);
  reader_.pass(400);
  EXPECT_EQ(reader_.position().lsn, 500u);
}

TEST_F(Transactions, RowsWhereNoneCanBeAreRefused) {
  EXPECT_EQ(reader_.feed(update("4", "new", false)).error().code, Errc::kMalformed) << "outside a transaction";
  EXPECT_FALSE(feed(begin(200)));
  EXPECT_EQ(reader_.feed(update("4", "new", false)).error().code, Errc::kMalformed) << "of an unknown relation";
  EXPECT_FALSE(feed(relation({"id", "name"})));
  EXPECT_EQ(reader_.feed(update("4", "new", false)).error().code, Errc::kMalformed) << "another number of columns";
}

}  // namespace
