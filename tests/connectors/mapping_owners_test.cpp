// Who may see live entries only, sees nested ones whose owners are live, all the way up (contract craft-agents-api 21.2 R8).
#include <gtest/gtest.h>

#include <algorithm>

#include "connectors/mapping/mapping_session.h"
#include "tests/connectors/mirror_test_rows.h"
#include "tests/support/fixtures.h"

namespace {

using namespace connectors;
using namespace test;
using Moment = MappingSession::Moment;
using Cells = std::map<std::string, Cell>;

constexpr const char* kEntry = "craft\\elements\\Entry";

/// The Craft mapping over a mirror with the columns that it declares.
class OwnersTest : public ::testing::Test {
 protected:
  void SetUp() override { open({}); }

  void open(const std::set<std::string>& absent) {
    session_.reset();
    mirror_.reset();
    folder_ = std::make_unique<TemporaryDirectory>();
    auto loaded = Mapping::load(std::filesystem::path(MILLRACE_SOURCE_DIR) / "connectors/mappings/craft");
    ASSERT_TRUE(loaded) << loaded.error().detail;
    mapping_ = std::make_unique<Mapping>(std::move(*loaded));
    mirror_ = std::move(*Mirror::open(folder_->path() / "mirror.sqlite"));
    tables_.clear();
    for (const auto& declared : mapping_->tables()) {
      if (!absent.contains(declared.name)) define(declared);
    }
    put("sites", {{"id", number(1)}, {"primary", number(1)}});
    open_session();
  }
  void open_session() {
    session_.reset();
    auto opened = MappingSession::open(*mapping_, *mirror_, {{"base", "https://example.test/"}});
    ASSERT_TRUE(opened) << opened.error().detail;
    session_ = std::move(*opened);
  }
  void define(const MappingTable& declared) {
    std::vector<std::string> columns;
    for (const auto& column : declared.columns) {
      const bool number = column == "id" || column.ends_with("Id");
      columns.push_back(column + (declared.scales.contains(column) ? ":money" : number ? "" : ":text"));
    }
    const bool keyed = !declared.columns.empty() && declared.columns[0] == "id";
    auto shape = table(declared.name, columns, keyed ? std::vector<std::uint32_t>{0} : std::vector<std::uint32_t>{});
    ASSERT_TRUE(mirror_->define(*shape));
    tables_[declared.name] = shape;
  }
  Row row(const std::string& name, const Cells& cells) const {
    Row made;
    for (const auto& column : tables_.at(name)->columns) made.push_back(cells.contains(column.name) ? cells.at(column.name) : null());
    return made;
  }
  void put(const std::string& name, const Cells& cells) { ASSERT_TRUE(mirror_->apply(inserted(tables_.at(name), row(name, cells)))); }
  static Cells element(int id, const char* type, bool enabled = true) {
    return {{"id", number(id)}, {"type", text(type)}, {"enabled", number(enabled)}, {"archived", number(0)},
            {"dateCreated", text("2026-01-01 00:00:00")}, {"dateUpdated", text("2026-01-01 00:00:00")}};
  }
  static Cells site_row(int id, bool enabled = true) { return {{"id", number(id)}, {"elementId", number(id)}, {"siteId", number(1)}, {"enabled", number(enabled)}}; }
  void put_element(int id, const char* type) {
    put("elements", element(id, type));
    put("elements_sites", site_row(id));
  }
  static Cells dates(int id, std::optional<int> owner, const char* post = "2026-01-01 00:00:00", const char* expiry = nullptr) {
    return {{"id", number(id)}, {"primaryOwnerId", owner ? number(*owner) : null()}, {"postDate", text(post)}, {"expiryDate", expiry ? text(expiry) : null()}};
  }
  void put_entry(int id, std::optional<int> owner) {
    put_element(id, kEntry);
    put("entries", dates(id, owner));
    if (owner) put("elements_owners", {{"elementId", number(id)}, {"ownerId", number(*owner)}, {"sortOrder", number(1)}});
  }

  std::vector<std::string> affected(const RowChange& change) {
    AffectedSet found;
    EXPECT_TRUE(session_->affected(change, Moment::kBefore, found));
    EXPECT_TRUE(mirror_->apply(change));
    EXPECT_TRUE(session_->affected(change, Moment::kAfter, found));
    return entries(found);
  }
  std::vector<std::string> changed(const std::string& name, const Cells& before, const Cells& after) {
    return affected(updated(tables_.at(name), row(name, before), row(name, after)));
  }
  static std::vector<std::string> entries(const AffectedSet& set) {
    std::vector<std::string> ids;
    for (const auto& key : set) {
      if (key.type == "entry") ids.push_back(key.id);
    }
    return ids;
  }
  static engine::WallTime at(const char* when) { return engine::parse_sql_datetime(when).value(); }
  bool owners_live(const char* id, const char* now = "2026-06-01 00:00:00") {
    auto rendered = session_->render_one({"entry", id}, at(now));
    EXPECT_TRUE(rendered) << rendered.error().detail;
    const auto encoded = feed::encode_facts(rendered->facts);
    EXPECT_TRUE(feed::FactsView(encoded).has("status", "live")) << id;
    return feed::FactsView(encoded).has("ownersLive", "1");
  }

  using Ids = std::vector<std::string>;
  std::unique_ptr<TemporaryDirectory> folder_;
  std::unique_ptr<Mapping> mapping_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<MappingSession> session_;
  std::map<std::string, TablePtr> tables_;
};

TEST_F(OwnersTest, AnEntryInAnEntryInAnEntryFollowsEveryOneAboveIt) {
  put_entry(10, std::nullopt);
  put_entry(11, 10);
  put_entry(12, 11);
  EXPECT_TRUE(owners_live("10") && owners_live("11") && owners_live("12"));
  EXPECT_EQ(changed("elements", element(10, kEntry), element(10, kEntry, false)), (Ids{"10", "11", "12"}));
  EXPECT_FALSE(owners_live("11") || owners_live("12"));
  changed("elements", element(10, kEntry, false), element(10, kEntry));
  EXPECT_EQ(changed("elements_sites", site_row(11), site_row(11, false)), (Ids{"11", "12"}));
  EXPECT_FALSE(owners_live("12"));
  EXPECT_TRUE(owners_live("10"));
}

TEST_F(OwnersTest, AnOwnersDatesCountAndPass) {
  put_entry(10, std::nullopt);
  put_entry(11, 10);
  EXPECT_EQ(changed("entries", dates(10, std::nullopt), dates(10, std::nullopt, "2026-03-01 00:00:00", "2026-05-01 00:00:00")), (Ids{"10", "11"}));
  EXPECT_FALSE(owners_live("11", "2026-02-01 00:00:00"));
  EXPECT_TRUE(owners_live("11", "2026-03-01 00:00:00"));
  EXPECT_FALSE(owners_live("11", "2026-05-01 00:00:00"));
  EXPECT_EQ(*session_->next_due(at("2026-02-01 00:00:00")), at("2026-03-01 00:00:00"));
  EXPECT_EQ(*session_->next_due(at("2026-03-01 00:00:00")), at("2026-05-01 00:00:00"));
  EXPECT_EQ(*session_->next_due(at("2026-05-01 00:00:00")), std::nullopt);
  EXPECT_EQ(entries(*session_->due(at("2026-04-01 00:00:00"), at("2026-05-01 00:00:00"))), (Ids{"10", "11"}));
}

TEST_F(OwnersTest, AProductAboveAVariantIsAnOwnerWithDates) {
  put_element(20, "craft\\commerce\\elements\\Product");
  put("commerce_products", {{"id", number(20)}, {"postDate", text("2026-01-01 00:00:00")}});
  put_element(21, "craft\\commerce\\elements\\Variant");
  put("elements_owners", {{"elementId", number(21)}, {"ownerId", number(20)}});
  put_entry(22, 21);
  EXPECT_TRUE(owners_live("22"));
  const Cells before{{"id", number(20)}, {"postDate", text("2026-01-01 00:00:00")}};
  auto after = before;
  after["expiryDate"] = text("2026-05-01 00:00:00");
  EXPECT_EQ(changed("commerce_products", before, after), (Ids{"22"}));
  EXPECT_FALSE(owners_live("22"));
  EXPECT_EQ(entries(*session_->due(at("2026-04-01 00:00:00"), at("2026-05-01 00:00:00"))), (Ids{"22"}));
}

TEST_F(OwnersTest, OwnersOfDraftsAndRevisionsLeadNowhere) {
  put_element(20, "craft\\commerce\\elements\\Variant");
  auto draft = element(30, "craft\\commerce\\elements\\Product", false);
  draft["draftId"] = number(4);
  put("elements", draft);
  put("elements_owners", {{"elementId", number(20)}, {"ownerId", number(30)}});
  put_entry(22, 20);
  EXPECT_TRUE(owners_live("22"));
  put_entry(31, 30);  // made in the draft, not applied yet
  EXPECT_FALSE(owners_live("31"));
}

TEST_F(OwnersTest, AnOwnerWithoutDatesMustBeEnabledAndThere) {
  constexpr const char* kCategory = "craft\\elements\\Category";
  put_element(40, kCategory);
  put_entry(41, 40);
  put_entry(42, 99);
  EXPECT_TRUE(owners_live("41"));
  EXPECT_FALSE(owners_live("42"));
  auto trashed = element(40, kCategory);
  trashed["dateDeleted"] = text("2026-02-01 00:00:00");
  EXPECT_EQ(changed("elements", element(40, kCategory), trashed), (Ids{"41"}));
  EXPECT_FALSE(owners_live("41"));
}

TEST_F(OwnersTest, AnAddressPassesOnWhatItsOwnerIs) {
  put_element(50, "craft\\elements\\User");
  put_element(51, "craft\\elements\\Address");
  put("addresses", {{"id", number(51)}, {"primaryOwnerId", number(50)}});
  put_entry(52, 51);
  EXPECT_TRUE(owners_live("52"));
  EXPECT_EQ(changed("elements", element(50, "craft\\elements\\User"), element(50, "craft\\elements\\User", false)), (Ids{"52"}));
  EXPECT_FALSE(owners_live("52"));
}

TEST_F(OwnersTest, AMovedEntryFollowsItsNewOwner) {
  put_entry(10, std::nullopt);
  put_entry(11, 10);
  put_entry(12, 11);
  EXPECT_EQ(changed("entries", dates(11, 10), dates(11, 77)), (Ids{"11", "12"}));
  EXPECT_FALSE(owners_live("11") || owners_live("12"));
}

TEST_F(OwnersTest, WithoutTheShopEntriesStayInServiceAndTheShopMayComeLater) {
  open({"commerce_products"});
  const auto types = session_->types();
  EXPECT_TRUE(std::ranges::count(types, "entry"));
  EXPECT_FALSE(std::ranges::count(types, "product"));
  put_entry(10, std::nullopt);
  put_entry(11, 10);
  EXPECT_TRUE(owners_live("11"));
  EXPECT_EQ(*session_->next_due(at("2025-01-01 00:00:00")), at("2026-01-01 00:00:00"));
  session_.reset();
  const auto& declared = *std::ranges::find(mapping_->tables(), "commerce_products", &MappingTable::name);
  define(declared);
  put("commerce_products", {{"id", number(10)}, {"postDate", text("2026-12-01 00:00:00")}});
  open_session();
  EXPECT_TRUE(std::ranges::count(session_->types(), "product"));
  EXPECT_FALSE(owners_live("11"));
}

}  // namespace
