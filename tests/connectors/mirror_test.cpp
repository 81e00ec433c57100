#include "connectors/mirror/mirror.h"

#include <gtest/gtest.h>

#include "connectors/mirror/sql_functions.h"
#include "engine/base/fold.h"
#include "tests/connectors/mirror_test_rows.h"
#include "tests/support/fixtures.h"

namespace {

using namespace connectors;
using namespace test;

class MirrorTest : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    mirror_.reset();
    auto opened = Mirror::open(directory_.path() / "mirror.sqlite");
    ASSERT_TRUE(opened) << opened.error().detail;
    mirror_ = std::move(*opened);
  }
  std::vector<Row> rows(const std::string& table) {
    std::vector<Row> found;
    const auto keep = [&found](const Row& row) { found.push_back(row); };
    EXPECT_TRUE(mirror_->for_each(table, keep));
    return found;
  }
  TemporaryDirectory directory_;
  std::unique_ptr<Mirror> mirror_;
  TablePtr pages_ = table("pages", {"id", "title:text", "price:money"});
};

TEST_F(MirrorTest, KeepsEveryKindOfCellAsItIs) {
  const auto all = table("all", {"id", "a:text", "b:text", "c:text"});
  ASSERT_TRUE(mirror_->define(*all));
  const Row row{number(1), text("007"), Cell{Bytes{std::string("\0\1", 2)}}, Cell{2.5}};
  ASSERT_TRUE(mirror_->apply(inserted(all, row)));
  const Row other{number(2), text(""), null(), Cell{Bytes{""}}};
  ASSERT_TRUE(mirror_->apply(inserted(all, other)));
  EXPECT_EQ(rows("all"), (std::vector<Row>{row, other}));
}

TEST_F(MirrorTest, AppliesAChangeTwiceLikeOnce) {
  ASSERT_TRUE(mirror_->define(*pages_));
  const auto insert = inserted(pages_, {number(1), text("a"), number(100000)});
  ASSERT_TRUE(mirror_->apply(insert));
  ASSERT_TRUE(mirror_->apply(insert));
  EXPECT_EQ(rows("pages").size(), 1u);
  const auto gone = deleted(pages_, insert.after);
  ASSERT_TRUE(mirror_->apply(gone));
  ASSERT_TRUE(mirror_->apply(gone));
  EXPECT_TRUE(rows("pages").empty());
}

TEST_F(MirrorTest, MovesARowWhoseKeyChanges) {
  ASSERT_TRUE(mirror_->define(*pages_));
  const Row before{number(1), text("a"), null()}, after{number(9), text("a"), null()};
  ASSERT_TRUE(mirror_->apply(inserted(pages_, before)));
  ASSERT_TRUE(mirror_->apply(updated(pages_, before, after)));
  EXPECT_EQ(rows("pages"), std::vector<Row>{after});
}

TEST_F(MirrorTest, AnUpdatedRowIsFoundByItsIndexedCellsAsTheyAreNow) {
  ASSERT_TRUE(mirror_->define(*pages_));
  ASSERT_TRUE(mirror_->ensure_index("pages", {"price"}));
  const Row first{number(1), text("a"), number(10)}, titled{number(1), text("b"), number(10)}, priced{number(1), text("b"), number(20)};
  ASSERT_TRUE(mirror_->apply(inserted(pages_, first)));
  ASSERT_TRUE(mirror_->apply(updated(pages_, first, titled)));
  EXPECT_EQ(*mirror_->find("pages", {"price"}, {number(10)}), std::vector<Row>{titled});
  ASSERT_TRUE(mirror_->ensure_index("pages", {"title"}));  // from here on the title is one of them
  ASSERT_TRUE(mirror_->apply(updated(pages_, titled, priced)));
  EXPECT_TRUE(mirror_->find("pages", {"price"}, {number(10)})->empty());
  EXPECT_EQ(*mirror_->find("pages", {"price"}, {number(20)}), std::vector<Row>{priced});
  ASSERT_TRUE(mirror_->apply(updated(pages_, priced, first)));
  EXPECT_EQ(*mirror_->find("pages", {"title"}, {text("a")}), std::vector<Row>{first});
}

TEST_F(MirrorTest, AnUpdatePutsTheWholeRowWhateverTheMirrorHolds) {
  ASSERT_TRUE(mirror_->define(*pages_));
  ASSERT_TRUE(mirror_->ensure_index("pages", {"price"}));
  const Row before{number(1), text("a"), number(10)}, after{number(1), text("b"), number(10)};
  ASSERT_TRUE(mirror_->apply(updated(pages_, before, after)));  // it was not there
  EXPECT_EQ(rows("pages"), std::vector<Row>{after});
  ASSERT_TRUE(mirror_->apply(inserted(pages_, {number(1), text("later"), number(99)})));  // a chunk that was read later
  ASSERT_TRUE(mirror_->apply(updated(pages_, before, after)));
  EXPECT_EQ(rows("pages"), std::vector<Row>{after});
  EXPECT_TRUE(mirror_->find("pages", {"price"}, {number(99)})->empty());
}

TEST_F(MirrorTest, ATableWithoutKeyLosesOneOfTwoEqualRows) {
  const auto log = table("log", {"word:text", "n"}, {});
  ASSERT_TRUE(mirror_->define(*log));
  const Row row{text("x"), null()};
  ASSERT_TRUE(mirror_->apply(inserted(log, row)));
  ASSERT_TRUE(mirror_->apply(inserted(log, row)));
  ASSERT_TRUE(mirror_->apply(deleted(log, row)));
  EXPECT_EQ(rows("log"), std::vector<Row>{row});
}

TEST_F(MirrorTest, AChunkReplacesExactlyItsRange) {
  ASSERT_TRUE(mirror_->define(*pages_));
  for (int id : {1, 3, 5, 7, 9}) ASSERT_TRUE(mirror_->apply(inserted(pages_, {number(id), text("old"), null()})));
  const std::vector<Row> chunk{{number(4), text("new"), null()}, {number(7), text("new"), null()}};
  ASSERT_TRUE(mirror_->replace_range(*pages_, {number(3)}, chunk, false));
  std::vector<std::int64_t> ids;
  for (const Row& row : rows("pages")) ids.push_back(std::get<std::int64_t>(row[0]));
  EXPECT_EQ(ids, (std::vector<std::int64_t>{1, 3, 4, 7, 9}));
  ASSERT_TRUE(mirror_->replace_range(*pages_, {number(4)}, {}, true));
  EXPECT_EQ(rows("pages").size(), 3u);
}

TEST_F(MirrorTest, RowsPositionAndProgressCommitOrVanishTogether) {
  ASSERT_TRUE(mirror_->define(*pages_));
  ASSERT_TRUE(mirror_->begin());
  ASSERT_TRUE(mirror_->apply(inserted(pages_, {number(1), null(), null()})));
  ASSERT_TRUE(mirror_->set_position({"db", 7, "0-1-7"}));
  ASSERT_TRUE(mirror_->set_progress("pages", {{number(1)}, false}));
  mirror_->rollback();
  EXPECT_TRUE(rows("pages").empty());
  EXPECT_EQ(*mirror_->position(), std::nullopt);
  EXPECT_EQ(*mirror_->progress("pages"), std::nullopt);
  ASSERT_TRUE(mirror_->begin());
  ASSERT_TRUE(mirror_->apply(inserted(pages_, {number(1), null(), null()})));
  ASSERT_TRUE(mirror_->set_position({"db", 7, "0-1-7"}));
  ASSERT_TRUE(mirror_->set_progress("pages", {{number(1)}, true}));
  ASSERT_TRUE(mirror_->commit());
  reopen();
  EXPECT_EQ(rows("pages").size(), 1u);
  EXPECT_EQ(*mirror_->position(), (feed::SourcePosition{"db", 7, "0-1-7"}));
  EXPECT_EQ(*mirror_->progress("pages"), (TableProgress{{number(1)}, true}));
}

TEST_F(MirrorTest, ATableDefinedInARolledBackTransactionIsUnknown) {
  ASSERT_TRUE(mirror_->begin());
  ASSERT_TRUE(mirror_->define(*pages_));
  ASSERT_TRUE(mirror_->apply(inserted(pages_, {number(1), null(), null()})));
  mirror_->rollback();
  EXPECT_EQ(mirror_->table("pages"), nullptr);
  EXPECT_EQ(mirror_->define(*pages_).value(), Mirror::Defined::kCreated);
}

TEST_F(MirrorTest, AReshapedTableKeepsSharedColumnsAndForgetsItsProgress) {
  ASSERT_TRUE(mirror_->define(*pages_));
  ASSERT_TRUE(mirror_->ensure_index("pages", {"title"}));
  ASSERT_TRUE(mirror_->apply(inserted(pages_, {number(1), text("a"), number(5)})));
  ASSERT_TRUE(mirror_->set_progress("pages", {{number(1)}, true}));
  const auto wider = table("pages", {"id", "slug:text", "title:text"});
  EXPECT_EQ(mirror_->define(*wider).value(), Mirror::Defined::kReshaped);
  EXPECT_EQ(mirror_->define(*wider).value(), Mirror::Defined::kUnchanged);
  EXPECT_EQ(rows("pages"), (std::vector<Row>{{number(1), null(), text("a")}}));
  EXPECT_FALSE((*mirror_->progress("pages"))->done);
}

TEST_F(MirrorTest, RefusesARowOfAnotherShape) {
  ASSERT_TRUE(mirror_->define(*pages_));
  const auto other = table("pages", {"id", "title:text"});
  auto applied = mirror_->apply(inserted(other, {number(1), text("a")}));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, engine::Errc::kConflict);
}

TEST_F(MirrorTest, FindsTextsWithoutCaseAndNullsNever) {
  ASSERT_TRUE(mirror_->define(*pages_));
  ASSERT_TRUE(mirror_->apply(inserted(pages_, {number(1), text("Caf\xC3\xA9"), null()})));
  EXPECT_EQ(mirror_->find("pages", {"TITLE"}, {text("cafe")})->size(), 1u);
  EXPECT_TRUE(mirror_->find("pages", {"price"}, {null()})->empty());
}

TEST_F(MirrorTest, ABackupOpensWithWhatWasCommitted) {
  ASSERT_TRUE(mirror_->define(*pages_));
  ASSERT_TRUE(mirror_->apply(inserted(pages_, {number(1), null(), null()})));
  ASSERT_TRUE(mirror_->set_log_id(std::string("\0log", 4)));
  ASSERT_TRUE(mirror_->checkpoint());
  ASSERT_TRUE(mirror_->backup(directory_.path() / "copy.sqlite"));
  auto copy = Mirror::open(directory_.path() / "copy.sqlite");
  ASSERT_TRUE(copy);
  EXPECT_EQ((*copy)->count("pages").value(), 1);
  EXPECT_EQ(*(*copy)->log_id(), std::string("\0log", 4));
  ASSERT_TRUE(mirror_->clear());
  EXPECT_TRUE(mirror_->tables().empty());
  EXPECT_EQ(*mirror_->log_id(), std::nullopt);
}

TEST(MirrorFunctions, MoneyIsExact) {
  EXPECT_EQ(money_text(100000, 4), "10");
  EXPECT_EQ(money_text(598500, 4), "59.85");
  EXPECT_EQ(money_text(-1, 4), "-0.0001");
  EXPECT_EQ(money_text(0, 4), "0");
  EXPECT_EQ(money_text(7, 0), "7");
}

TEST(MirrorFunctions, FoldsCaseAndAccents) {
  EXPECT_EQ(engine::folded("\xC3\x89t\xC3\xA9 "), "ete");
  EXPECT_EQ(engine::folded("\xC5\x81\xC3\xB3" "d\xC5\xBA"), "lodz");
  EXPECT_NE(engine::folded("a"), engine::folded("b"));
}

}  // namespace
