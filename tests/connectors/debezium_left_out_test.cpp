// What PostgreSQL does not log with the default replica identity: read from Debezium's records, and completed from the mirror.

#include <gtest/gtest.h>

#include "connectors/debezium/envelope.h"
#include "connectors/projection.h"
#include "tests/connectors/mirror_test_rows.h"
#include "tests/support/fixtures.h"

namespace {

using namespace connectors;
using namespace test;
using namespace std::string_literals;
using Kind = RowChange::Kind;

constexpr const char* kTables = R"(
  CREATE TABLE public.pages (id integer NOT NULL, title character varying(50) NOT NULL, body text, raw bytea, words text[], ranks integer[], doc jsonb);
  ALTER TABLE ONLY public.pages ADD CONSTRAINT pages_pkey PRIMARY KEY (id);
  CREATE TABLE public.loose (a integer, b text);)";
constexpr const char* kSource = R"("source":{"table":"pages","txId":7,"lsn":99,"ts_ms":1000}})";

class DebeziumLeftOut : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Mirror::open(directory_.path() / "mirror.sqlite");
    ASSERT_TRUE(opened) << opened.error().detail;
    mirror_ = std::move(*opened);
    ASSERT_TRUE(mirror_->define(*pages()));
  }
  const TablePtr& pages() const { return schema_.tables.at("pages").table; }
  /// A record of `pages`.
  engine::Result<std::optional<DebeziumRecord>> decode(const std::string& op, const std::string& before, const std::string& after) {
    return decoder_.decode(R"({"op":")" + op + R"(","before":)" + before + R"(,"after":)" + after + "," + kSource, nullptr);
  }
  RowChange change(const std::string& op, const std::string& before, const std::string& after) {
    auto record = decode(op, before, after);
    EXPECT_TRUE(record && *record) << (record ? "" : record.error().detail);
    return record && *record ? (*record)->row : RowChange{};
  }
  static Row page(int id, const std::string& title, const std::string& body) { return {number(id), text(title), text(body), null(), null(), null(), null()}; }

  TemporaryDirectory directory_;
  DeclaredSchema schema_ = *read_declared_schema(kTables, DatabaseKind::kPostgres, "");
  EnvelopeDecoder decoder_{schema_, {}};
  std::unique_ptr<Mirror> mirror_;
};

TEST_F(DebeziumLeftOut, AnUpdateWithoutItsFormerRowHasTheKeyOfTheLatter) {
  const auto updated = change("u", "null", R"({"id":7,"title":"b","body":"long","raw":null,"words":null,"ranks":null,"doc":null})");
  EXPECT_EQ(updated.kind, Kind::kUpdate);
  EXPECT_TRUE(updated.key_only);
  EXPECT_TRUE(updated.unchanged.empty());
  EXPECT_EQ(updated.before, (Row{number(7), null(), null(), null(), null(), null(), null()}));
  ASSERT_TRUE(mirror_->apply(inserted(pages(), page(7, "a", "long"))));
  auto whole = Projection(*mirror_).project(updated);
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ((*whole)->before, page(7, "a", "long"));
  EXPECT_EQ((*whole)->after, page(7, "b", "long"));
}

TEST_F(DebeziumLeftOut, AWholeFormerRowIsTakenAsItIs) {
  const auto updated = change("u", R"({"id":7,"title":"a","body":"old"})", R"({"id":7,"title":"b","body":"__debezium_unavailable_value"})");
  EXPECT_FALSE(updated.key_only);
  EXPECT_TRUE(updated.unchanged.empty());
  EXPECT_EQ(updated.after, page(7, "b", "old"));
}

// Debezium writes the mark in the form of its column; bytes as text, an array of numbers as the bytes of the mark.
TEST_F(DebeziumLeftOut, EveryFormOfTheMarkIsCompletedFromTheMirror) {
  const Row former{number(1), text("a"), text("body"), Cell{Bytes{"\x01\x02"}}, text(R"(["x","y"])"), text("[1,2]"), text(R"({"a": 1})")};
  ASSERT_TRUE(mirror_->apply(inserted(pages(), former)));
  const auto updated = change("u", "null", R"x({"id":1,"title":"b","body":"__debezium_unavailable_value","raw":"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==","words":["__debezium_unavailable_value"],)x"
                                           R"x("ranks":[95,95,100,101,98,101,122,105,117,109,95,117,110,97,118,97,105,108,97,98,108,101,95,118,97,108,117,101],"doc":"__debezium_unavailable_value"})x");
  EXPECT_EQ(updated.unchanged, (std::vector<std::uint32_t>{2, 3, 4, 5, 6}));
  auto whole = Projection(*mirror_).project(updated);
  ASSERT_TRUE(whole && *whole) << (whole ? "" : whole.error().detail);
  auto wanted = former;
  wanted[1] = text("b");
  EXPECT_EQ((*whole)->after, wanted);
  EXPECT_EQ((*whole)->before, former);
}

// Cells of the former row that may not be null are filled in by Debezium, so of them only the key is true.
TEST_F(DebeziumLeftOut, OfADeleteOnlyTheKeyIsBelieved) {
  ASSERT_TRUE(mirror_->apply(inserted(pages(), page(7, "a", "body"))));
  for (const char* before : {R"({"id":7})", R"({"id":7,"title":"","body":null,"raw":null})"}) {
    const auto gone = change("d", before, "null");
    EXPECT_TRUE(gone.key_only);
    auto whole = Projection(*mirror_).project(gone);
    ASSERT_TRUE(whole && *whole);
    EXPECT_EQ((*whole)->before, page(7, "a", "body"));
  }
  auto unknown = Projection(*mirror_).project(change("d", R"({"id":8,"title":""})", "null"));
  ASSERT_TRUE(unknown) << unknown.error().detail;
  EXPECT_FALSE(*unknown) << "a row that is not there is not deleted";
}

TEST_F(DebeziumLeftOut, ATombstoneIsCompletedAsADeleteIs) {
  ASSERT_TRUE(mirror_->apply(inserted(pages(), page(5, "a", "body"))));
  const auto gone = decoder_.decode_tombstone(R"({"id":5})", schema_.tables.at("pages"));
  ASSERT_TRUE(gone && *gone);
  auto whole = Projection(*mirror_).project(**gone);
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ((*whole)->before, page(5, "a", "body"));
}

// Compaction leaves the newest record of a row: an update that is whole is the row; one that is not would make a row of guesses.
TEST_F(DebeziumLeftOut, AnUpdateThatIsTheFirstRecordOfItsRowIsItsInsertOrRefused) {
  for (const auto absent : {Projection::Absent::kConflict, Projection::Absent::kNull}) {
    Projection projection(*mirror_, absent);
    auto whole = projection.project(change("u", "null", R"({"id":9,"title":"b","body":"body"})"));
    ASSERT_TRUE(whole && *whole) << (whole ? "" : whole.error().detail);
    EXPECT_EQ((*whole)->kind, Kind::kInsert);
    EXPECT_EQ((*whole)->after, page(9, "b", "body"));
    auto refused = projection.project(change("u", "null", R"({"id":9,"title":"b","body":"__debezium_unavailable_value"})"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, engine::Errc::kUnsupported);
    EXPECT_NE(refused.error().detail.find("pages, column body"), std::string::npos) << refused.error().detail;
  }
}

TEST_F(DebeziumLeftOut, WhatCannotBeCompletedIsRefusedWithItsCure) {
  const auto create = decode("c", "null", R"({"id":7,"title":"b","body":"__debezium_unavailable_value"})");
  const auto keyless = decoder_.decode(R"({"op":"u","before":null,"after":{"a":1,"b":"x"},"source":{"table":"loose"}})", nullptr);
  const auto gone = decode("d", "null", "null");
  for (const auto* refused : {&create, &keyless, &gone}) {
    ASSERT_FALSE(*refused);
    EXPECT_EQ(refused->error().code, engine::Errc::kUnsupported);
    EXPECT_NE(refused->error().detail.find("REPLICA IDENTITY FULL"), std::string::npos) << refused->error().detail;
  }
}

}  // namespace
