#include "connectors/mapping/mapping_session.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/connectors/mirror_test_rows.h"
#include "tests/support/fixtures.h"

namespace {

using namespace connectors;
using namespace test;
using feed::Rendering;
using Moment = MappingSession::Moment;

// A small CMS: pages of sections on sites.
constexpr const char* kCommon = R"(--@ setting base
--@ setting site primary
--@ parameter site required
SELECT id FROM sites WHERE "primary" = 1 OR id = CAST(:site AS INTEGER) ORDER BY id = CAST(:site AS INTEGER) DESC LIMIT 1
--@ tables
CREATE TABLE sites (id INTEGER PRIMARY KEY, "primary");
CREATE TABLE pages (id INTEGER PRIMARY KEY, siteId, sectionId, title, price DECIMAL(14,4), postDate, updated, gone);
CREATE TABLE sections (id INTEGER PRIMARY KEY, handle);
CREATE INDEX p1 ON pages (sectionId);
)";
constexpr const char* kPage = R"(--@ resource page
--@ ids
SELECT id FROM pages
--@ document
SELECT p.id, p.title, money(p.price, 4) AS "price:json", p.postDate <= :now AS "live:bool", s.id AS "section.id", s.handle AS "section.handle",
       CASE WHEN p.gone = 1 THEN 'deleted' ELSE 'live' END AS "@state", p.updated AS "@created", p.updated AS "@updated"
  FROM pages p LEFT JOIN sections s ON s.id = p.sectionId
 WHERE p.id = :id AND p.siteId = :site
--@ part feed
-- id, title=title, section.id=section.id, section.handle=section.handle,
-- live, email=null, updatedAt=@updated

--@ part detail
-- +feed, price
--@ affected pages
SELECT :row_id
--@ affected sections
SELECT id FROM pages WHERE sectionId = :row_id
--@ due
SELECT id, postDate AS instant FROM pages WHERE postDate > :after AND postDate <= :until
)";

class MappingTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_.path() / name) << text; }
  std::string load_error() {
    auto loaded = Mapping::load(folder_.path());
    return loaded ? "" : loaded.error().detail;
  }
  static std::string without(std::string text, const std::string& piece) { return text.replace(text.find(piece), piece.size(), ""); }
  static std::string with(std::string text, const std::string& piece, const std::string& other) { return text.replace(text.find(piece), piece.size(), other); }
  TemporaryDirectory folder_;
};

TEST_F(MappingTest, ADocumentThatReadsATableWithoutARuleIsRefused) {
  write("common.sql", kCommon);
  write("page.sql", without(kPage, "--@ affected sections\nSELECT id FROM pages WHERE sectionId = :row_id\n"));
  EXPECT_EQ(load_error().rfind("page.sql:5: the document of page reads sections", 0), 0u) << load_error();
}

TEST_F(MappingTest, AMistypedColumnIsNamedWithFileAndLine) {
  write("common.sql", kCommon);
  write("page.sql", with(kPage, "p.sectionId\n", "p.sektion\n"));
  EXPECT_EQ(load_error().rfind("page.sql:7: no such column: p.sektion", 0), 0u) << load_error();
}

TEST_F(MappingTest, AKeyWithoutColumnIsRefused) {
  write("common.sql", kCommon);
  write("page.sql", with(kPage, "+feed, price", "+feed, prize"));
  EXPECT_NE(load_error().find("no column \"prize\""), std::string::npos) << load_error();
}

TEST_F(MappingTest, AnUnknownDirectiveParameterOrFragmentIsRefused) {
  write("common.sql", kCommon);
  write("page.sql", with(kPage, "--@ due", "--@ dew"));
  EXPECT_NE(load_error().find("unknown directive"), std::string::npos);
  write("page.sql", with(kPage, ":row_id\n--@ affected sections", ":row_uid\n--@ affected sections"));
  EXPECT_NE(load_error().find("no parameter :row_uid"), std::string::npos) << load_error();
  write("page.sql", with(kPage, "p.siteId = :site", "{canonical}"));
  EXPECT_NE(load_error().find("no fragment {canonical}"), std::string::npos) << load_error();
}

TEST_F(MappingTest, AnAtColumnThatMeansNothingIsRefusedWhereItStands) {
  write("common.sql", kCommon);
  for (const char* wrong : {"@indx.status", "@index.", "@index.a-b", "@fact", "@sate", "@title:bool"}) {
    write("page.sql", with(kPage, "p.updated AS \"@created\"", "p.updated AS \"@created\",\n p.title AS \"" + std::string(wrong) + "\""));
    EXPECT_EQ(load_error().rfind("page.sql:7: no column is called \"" + std::string(wrong) + "\"", 0), 0u) << load_error();
  }
}

TEST_F(MappingTest, AFactIsEitherIndexedOrCheckedAndATitleStandsOnce) {
  write("common.sql", kCommon);
  write("page.sql", with(kPage, "SELECT p.id, ", "SELECT p.title AS \"@index.name\", p.title AS \"@fact.name\", p.id, "));
  EXPECT_NE(load_error().find("the fact name is @index or @fact, not both"), std::string::npos) << load_error();
  write("page.sql", with(kPage, "SELECT p.id, ", "SELECT p.title AS \"@title\", p.title AS \"@title\", p.id, "));
  EXPECT_NE(load_error().find("a second column \"@title\""), std::string::npos) << load_error();
}

TEST_F(MappingTest, AnOverlayNamesOnlyWhatListOrDetailShow) {
  write("common.sql", kCommon);
  write("page.sql", with(kPage, "--@ affected pages", "--@ part unredacted\n-- email=title, price, subject=title\n--@ affected pages"));
  EXPECT_EQ(load_error().rfind("page.sql:16: neither list nor detail has a key \"subject\"", 0), 0u) << load_error();
  write("page.sql", with(kPage, "--@ affected pages", "--@ part sensitive\n-- section.handle=section.handle\n--@ affected pages"));
  EXPECT_NE(load_error().find("\"section.handle\" is a piece of one"), std::string::npos) << load_error();
}

TEST_F(MappingTest, AnOptionalTableMustBeDeclaredAndRead) {
  write("common.sql", kCommon);
  write("page.sql", with(kPage, "--@ ids", "--@ optional chapters\n--@ ids"));
  EXPECT_EQ(load_error().rfind("page.sql:2: table chapters is not declared", 0), 0u) << load_error();
  write("page.sql", with(kPage, "--@ ids", "--@ optional sites\n--@ ids"));
  EXPECT_NE(load_error().find("page does not read the optional table sites"), std::string::npos) << load_error();
  write("page.sql", with(kPage, "--@ ids", "--@ optional sections\n--@ ids"));
  auto loaded = Mapping::load(folder_.path());
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_EQ(loaded->types({"pages"}), (std::vector<std::string>{"page"}));
  EXPECT_TRUE(loaded->types({"sections"}).empty());
}

TEST_F(MappingTest, ANextQueryNeedsADueQuery) {
  write("common.sql", kCommon);
  write("page.sql", std::string(kPage) + "--@ next\nSELECT MIN(postDate) FROM pages WHERE postDate > :after\n");
  EXPECT_EQ(load_error(), "");
  write("page.sql", std::string(kPage, std::string(kPage).find("--@ due")) + "--@ next\nSELECT MIN(postDate) FROM pages WHERE postDate > :after\n");
  EXPECT_NE(load_error().find("\"--@ due\", which is missing"), std::string::npos) << load_error();
}

TEST_F(MappingTest, ARuleWithAGuardNamesOneOfItsTable) {
  const auto guard = std::string("--@ guard shown pages\nSELECT :row_gone\n");
  write("common.sql", kCommon + guard);
  write("page.sql", with(kPage, "--@ affected pages", "--@ affected pages when shown 0"));
  EXPECT_EQ(load_error(), "");
  write("page.sql", with(kPage, "--@ affected sections", "--@ affected sections when shown 0"));
  EXPECT_NE(load_error().find("no guard shown for table sections"), std::string::npos) << load_error();
  write("page.sql", with(kPage, "--@ affected pages", "--@ affected pages when shown"));
  EXPECT_EQ(load_error().rfind("page.sql:15: behind \"when\" stand", 0), 0u) << load_error();
  write("page.sql", kPage);
  write("common.sql", kCommon + guard + guard);
  EXPECT_NE(load_error().find("a second guard shown for table pages"), std::string::npos) << load_error();
  write("common.sql", kCommon + std::string("--@ guard shown\nSELECT 1\n"));
  EXPECT_NE(load_error().find("needs a name and a table"), std::string::npos) << load_error();
  write("common.sql", kCommon + std::string("--@ guard shown pages\nSELECT :row_gone, 1\n"));
  EXPECT_NE(load_error().find("a guard has one column"), std::string::npos) << load_error();
}

TEST_F(MappingTest, ARuleOfColumnsNamesSomeOfItsTable) {
  write("common.sql", kCommon);
  const auto beside = [](const std::string& rule) { return with(kPage, "--@ affected sections", rule + "\nSELECT :row_id\n--@ affected sections"); };
  write("page.sql", beside("--@ affected pages of title gone"));
  EXPECT_EQ(load_error(), "");
  write("page.sql", beside("--@ affected pages of title gnoe"));
  EXPECT_EQ(load_error().rfind("page.sql:17: table pages has no column gnoe", 0), 0u) << load_error();
  write("page.sql", beside("--@ affected pages of"));
  EXPECT_EQ(load_error().rfind("page.sql:17: behind \"of\" stand the columns", 0), 0u) << load_error();
  write("page.sql", beside("--@ affected of title"));
  EXPECT_EQ(load_error().rfind("page.sql:17: \"--@ affected\" needs a name", 0), 0u) << load_error();
  write("page.sql", beside("--@ affected pages"));
  EXPECT_EQ(load_error().rfind("page.sql:17: a second rule for table pages without", 0), 0u) << load_error();
}

TEST_F(MappingTest, AColumnThatNoRuleIsAskedAboutIsRefused) {
  write("common.sql", kCommon);
  write("page.sql", with(kPage, "--@ affected pages", "--@ affected pages of sectionId siteId title price postDate updated"));
  EXPECT_EQ(load_error().rfind("page.sql:5: the document of page reads pages.gone, but no rule is asked when it changes", 0), 0u) << load_error();
  write("page.sql", with(kPage, "--@ affected pages", "--@ affected pages of sectionId siteId title price postDate updated gone"));
  EXPECT_EQ(load_error(), "");
}

TEST_F(MappingTest, AnEmptyFolderIsNotAMapping) {
  auto loaded = Mapping::load(folder_.path());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, engine::Errc::kNotFound);
}

class MappingSessionTest : public MappingTest {
 protected:
  void SetUp() override {
    write("common.sql", kCommon);
    write("page.sql", kPage);
    mapping_ = std::make_unique<Mapping>(std::move(*Mapping::load(folder_.path())));
    mirror_ = std::move(*Mirror::open(folder_.path() / "mirror.sqlite"));
    for (const auto& table : {sites_, pages_, sections_}) ASSERT_TRUE(mirror_->define(*table));
    for (const auto& change : {inserted(sites_, {number(1), number(1)}), inserted(sites_, {number(2), number(0)}),
                               inserted(sections_, {number(5), text("news")}), inserted(pages_, page(7, 5)), inserted(pages_, page(8, 6))}) {
      ASSERT_TRUE(mirror_->apply(change));
    }
    auto opened = MappingSession::open(*mapping_, *mirror_, {{"base", "https://example.test/"}});
    ASSERT_TRUE(opened) << opened.error().detail;
    session_ = std::move(*opened);
  }
  static Row page(std::int64_t id, std::int64_t section) {
    return {number(id), number(1), number(section), text("T\"1"), number(598500), text("2026-05-01 10:00:00"), text("2026-01-02 03:04:05"), number(0)};
  }
  static engine::WallTime at(const char* when) { return engine::parse_sql_datetime(when).value(); }
  AffectedSet affected(const RowChange& change) {
    AffectedSet found;
    EXPECT_TRUE(session_->affected(change, Moment::kBefore, found));
    EXPECT_TRUE(mirror_->apply(change));
    EXPECT_TRUE(session_->affected(change, Moment::kAfter, found));
    return found;
  }
  TablePtr sites_ = table("sites", {"id", "primary"});
  TablePtr sections_ = table("sections", {"id", "handle:text"});
  TablePtr pages_ = table("pages", {"id", "siteId", "sectionId", "title:text", "price:money", "postDate:instant", "updated:instant", "gone"});
  std::unique_ptr<Mapping> mapping_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<MappingSession> session_;
};

TEST_F(MappingSessionTest, RendersPartsInTheirKeyOrder) {
  auto rendering = session_->render_one({"page", "7"}, at("2026-05-01 10:00:00"));
  ASSERT_TRUE(rendering);
  EXPECT_EQ(rendering->state, Rendering::State::kLive);
  const auto mark = std::string(feed::kUpdatedAtMark);
  const auto feed_part = R"({"id":7,"title":"T\"1","section":{"id":5,"handle":"news"},"live":true,"email":null,"updatedAt":)" + mark + "}";
  EXPECT_EQ(rendering->parts.feed, feed_part);
  EXPECT_EQ(rendering->parts.detail, feed_part.substr(0, feed_part.size() - 1) + R"(,"price":59.85})");
  EXPECT_EQ(engine::rfc3339(rendering->raw_updated_at), "2026-01-02T03:04:05Z");
  EXPECT_FALSE(rendering->visible.webhook);
}

TEST_F(MappingSessionTest, FactsComeFoldedSortedAndWithoutEmptyOnes) {
  const auto facts = R"(SELECT 'two' || char(10) || 'One' || char(10) AS "@index.kind", 'two' AS "@index.kind", NULL AS "@index.kind", 7 AS "@fact.stock", '' AS "@fact.none",
       'Éclair' AS "@title", 'Éclair au chocolat' AS "@words", NULL AS "@words", 'AB-12' AS "@words", p.id, )";
  write("page.sql", with(with(kPage, "SELECT p.id, ", facts), "--@ affected pages", "--@ part unredacted\n-- email=title\n--@ affected pages"));
  mapping_ = std::make_unique<Mapping>(std::move(*Mapping::load(folder_.path())));
  session_ = std::move(*MappingSession::open(*mapping_, *mirror_, {{"base", ""}}));
  auto rendering = session_->render_one({"page", "7"}, at("2026-05-01 10:00:00"));
  ASSERT_TRUE(rendering);
  EXPECT_EQ(rendering->facts.fields, (std::vector<feed::Fact>{{"kind", "one", true}, {"kind", "two", true}, {"stock", "7", false}}));
  EXPECT_EQ(rendering->facts.words, (std::vector<std::string>{"12", "ab", "ab-12", "au", "chocolat", "eclair"}));
  EXPECT_EQ(rendering->facts.title, "eclair");
  EXPECT_EQ(rendering->parts.unredacted, R"({"email":"T\"1"})");
  EXPECT_EQ(rendering->parts.feed.find("Éclair"), std::string::npos);
}

TEST_F(MappingSessionTest, ATombstoneHasNoFacts) {
  write("page.sql", with(kPage, "SELECT p.id, ", "SELECT p.title AS \"@words\", p.title AS \"@index.title\", p.id, "));
  mapping_ = std::make_unique<Mapping>(std::move(*Mapping::load(folder_.path())));
  session_ = std::move(*MappingSession::open(*mapping_, *mirror_, {{"base", ""}}));
  EXPECT_FALSE(session_->render_one({"page", "7"}, at("2026-05-01 10:00:00"))->facts.empty());
  auto gone = page(7, 5);
  gone[7] = number(1);
  ASSERT_TRUE(mirror_->apply(updated(pages_, page(7, 5), gone)));
  EXPECT_TRUE(session_->render_one({"page", "7"}, at("2026-05-01 10:00:00"))->facts.empty());
}

TEST_F(MappingSessionTest, ANestedObjectWithoutItsFirstKeyIsAbsent) {
  EXPECT_EQ(session_->render_one({"page", "8"}, at("2026-05-01 10:00:00"))->parts.feed.find("section"), std::string::npos);
}

TEST_F(MappingSessionTest, SaysAbsentDeletedAndWhichSiteIsServed) {
  EXPECT_EQ(session_->render_one({"page", "99"}, at("2026-05-01 10:00:00"))->state, Rendering::State::kAbsent);
  auto gone = page(7, 5);
  gone[7] = number(1);
  EXPECT_EQ(affected(updated(pages_, page(7, 5), gone)), (AffectedSet{{"page", "7"}}));
  EXPECT_EQ(session_->render_one({"page", "7"}, at("2026-05-01 10:00:00"))->state, Rendering::State::kDeleted);
}

TEST_F(MappingSessionTest, ARowMovedBetweenParentsAffectsThroughBothMoments) {
  EXPECT_EQ(affected(updated(sections_, {number(5), text("news")}, {number(6), text("news")})), (AffectedSet{{"page", "7"}, {"page", "8"}}));
}

TEST_F(MappingSessionTest, AGuardedRuleIsAskedForTheRowsOfItsAnswersOnly) {
  write("common.sql", kCommon + std::string("--@ guard shown pages\nSELECT :row_gone\n"));
  write("page.sql", with(kPage, "--@ affected pages", "--@ affected pages when shown 0 2"));
  mapping_ = std::make_unique<Mapping>(std::move(*Mapping::load(folder_.path())));
  session_ = std::move(*MappingSession::open(*mapping_, *mirror_, {{"base", ""}}));
  const AffectedSet page_seven{{"page", "7"}};
  auto row = page(7, 5), next = row;
  const auto change = [&](std::int64_t gone, const char* title) {
    next[7] = number(gone);
    next[3] = text(title);
    const auto found = affected(updated(pages_, row, next));
    row = next;
    return found;
  };
  EXPECT_EQ(change(0, "two"), page_seven);
  EXPECT_EQ(change(1, "two"), page_seven) << "it was shown before";
  EXPECT_EQ(change(1, "three"), AffectedSet{});
  EXPECT_EQ(change(2, "three"), page_seven) << "it is shown after";
  EXPECT_EQ(affected(deleted(pages_, row)), page_seven);
}

TEST_F(MappingSessionTest, ARuleOfColumnsIsAskedWhereOneOfThemChangesOrWhatItLooksAt) {
  write("page.sql", with(kPage, "--@ affected sections", "--@ affected pages of title\nSELECT id FROM pages WHERE sectionId = :row_sectionId AND id <> :row_id\n--@ affected sections"));
  mapping_ = std::make_unique<Mapping>(std::move(*Mapping::load(folder_.path())));
  session_ = std::move(*MappingSession::open(*mapping_, *mirror_, {{"base", ""}}));
  const AffectedSet alone{{"page", "9"}}, with_seven{{"page", "7"}, {"page", "9"}};
  EXPECT_EQ(affected(inserted(pages_, page(9, 5))), with_seven);
  auto row = page(9, 5), next = row;
  const auto change = [&](std::size_t column, Cell value) {
    next[column] = std::move(value);
    const auto found = affected(updated(pages_, row, next));
    row = next;
    return found;
  };
  EXPECT_EQ(change(4, number(1)), alone);
  EXPECT_EQ(change(3, text("two")), with_seven);
  EXPECT_EQ(change(2, number(6)), (AffectedSet{{"page", "7"}, {"page", "8"}, {"page", "9"}})) << "it looks at the section";
  EXPECT_EQ(change(7, number(0)), AffectedSet{});
  EXPECT_EQ(affected(deleted(pages_, row)), (AffectedSet{{"page", "8"}, {"page", "9"}}));
}

TEST_F(MappingSessionTest, AnUpdateThatNoDocumentReadsAffectsNothing) {
  EXPECT_TRUE(affected(updated(sections_, {number(5), text("news")}, {number(5), text("news")})).empty());
}

TEST_F(MappingSessionTest, AChangedParameterAffectsEverything) {
  ASSERT_TRUE(session_->all_ids("page"));
  ASSERT_TRUE(mirror_->apply(deleted(sites_, {number(2), number(0)})));
  EXPECT_EQ(affected(updated(sites_, {number(1), number(1)}, {number(3), number(1)})), (AffectedSet{{"page", "7"}, {"page", "8"}}));
  EXPECT_EQ(session_->render_one({"page", "7"}, at("2026-05-01 10:00:00"))->state, Rendering::State::kAbsent);
}

TEST_F(MappingSessionTest, TimeAloneMakesDocumentsDue) {
  const auto instant = at("2026-05-01 10:00:00");
  EXPECT_EQ(*session_->next_due(at("2026-04-01 00:00:00")), instant);
  EXPECT_EQ(*session_->next_due(instant), std::nullopt);
  EXPECT_EQ(*session_->due(at("2026-04-01 00:00:00"), instant), (AffectedSet{{"page", "7"}, {"page", "8"}}));
  EXPECT_TRUE(session_->due(instant, at("2027-01-01 00:00:00"))->empty());
  EXPECT_NE(session_->render_one({"page", "7"}, at("2026-05-01 09:59:59"))->parts.feed.find("\"live\":false"), std::string::npos);
}

TEST_F(MappingSessionTest, ARowThatDecidesTheNextInstantIsSeen) {
  const auto instant = at("2026-05-01 10:00:00"), earlier = at("2026-04-15 00:00:00");
  ASSERT_EQ(*session_->next_due(at("2026-04-01 00:00:00")), instant);
  auto sooner = page(7, 5);
  sooner[5] = text("2026-04-15 00:00:00");
  affected(updated(pages_, page(7, 5), sooner));
  EXPECT_EQ(*session_->next_due(at("2026-04-01 00:00:00")), earlier);
  EXPECT_EQ(*session_->next_due(at("2026-04-02 00:00:00")), earlier);
  EXPECT_EQ(*session_->next_due(earlier), instant);
  EXPECT_EQ(*session_->next_due(at("2026-04-01 00:00:00")), earlier);  // asked about an earlier time again
  affected(deleted(pages_, sooner));
  EXPECT_EQ(*session_->next_due(at("2026-04-01 00:00:00")), instant);
}

TEST_F(MappingSessionTest, WhatWasTakenBackDecidesNothing) {
  ASSERT_EQ(*session_->next_due(at("2026-04-01 00:00:00")), at("2026-05-01 10:00:00"));
  ASSERT_TRUE(mirror_->begin());
  auto sooner = page(9, 5);
  sooner[5] = text("2026-04-15 00:00:00");
  affected(inserted(pages_, sooner));
  ASSERT_EQ(*session_->next_due(at("2026-04-01 00:00:00")), at("2026-04-15 00:00:00"));
  mirror_->rollback();
  session_->rows_went_back();
  EXPECT_EQ(*session_->next_due(at("2026-04-01 00:00:00")), at("2026-05-01 10:00:00"));
}

TEST_F(MappingSessionTest, AVanishedColumnIsNamed) {
  const auto narrow = table("pages", {"id", "siteId", "sectionId", "price", "postDate:instant", "updated:instant", "gone"});
  EXPECT_EQ(mapping_->missing_columns(*narrow).size(), 2u);
  EXPECT_EQ(mapping_->missing_columns(*narrow)[0], "title");
  EXPECT_EQ(mapping_->missing_columns(*narrow)[1].rfind("price (int", 0), 0u);
}

TEST_F(MappingSessionTest, SettingsAreChecked) {
  auto opened = MappingSession::open(*mapping_, *mirror_, {{"bass", "x"}});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("needs the setting base"), std::string::npos);
  EXPECT_NE(opened.error().detail.find("no setting bass"), std::string::npos);
}

}  // namespace
