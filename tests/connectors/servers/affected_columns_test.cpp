// Every column a document reads, changed in the rows of real sites: what the rules of the Craft mapping name (`--@ affected`, with its `of` and `when`) holds
// every document that looks otherwise when all are rendered from scratch. A column forgotten behind an `of` would lose changes silently.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>

#include "app/demo/sample_site.h"
#include "feed/differ.h"
#include "tests/connectors/servers/craft_recording.h"

namespace {

using namespace connectors;
using namespace test;
using Moment = MappingSession::Moment;
using Documents = std::map<feed::ResourceKey, std::string, ResourceKeyOrder>;

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kRowsOfATable = 1, kOwnersOfAColumn = 2;  // many rows find what changes unseen, which the plain run does; memory is touched alike by few
#else
constexpr std::size_t kRowsOfATable = 4, kOwnersOfAColumn = 3;
#endif

std::filesystem::path craft() { return std::filesystem::path(MILLRACE_SOURCE_DIR) / "connectors/mappings/craft"; }

/// A site's rows in a mirror, and what follows from changing one of them.
class ChangedColumns {
 public:
  ChangedColumns(MariaDbServer& server, const std::filesystem::path& mapping) : mapping_(std::move(*Mapping::load(mapping))), mirror_(std::move(*Mirror::open(directory_.path() / "mirror.sqlite"))) {
    EXPECT_TRUE(mirror_->begin());
    for (const auto& table : mapping_.table_names()) copy_table(server, table, *mirror_);
    auto session = MappingSession::open(mapping_, *mirror_, {{"base", "https://example.test/"}});
    EXPECT_TRUE(session) << session.error().detail;
    session_ = std::move(*session);
    EXPECT_TRUE(mirror_->commit());
    now_ = engine::parse_sql_datetime("2027-01-01 00:00:00").value();
    for (const auto& type : session_->types()) before_[type] = documents(type);
  }

  /// Documents that changed and were not named: "entry 7 by elements.enabled of …".
  std::vector<std::string> missed(const std::string& name) {
    std::vector<std::string> missed;
    const TablePtr table = mirror_->table(name);
    if (!table || decides_parameters(name)) return missed;
    std::vector<Row> all;
    EXPECT_TRUE(mirror_->for_each(name, [&all](const Row& row) { all.push_back(row); }));
    for (const Row& row : chosen(*table, all)) {
      try_change({table, RowChange::Kind::kDelete, row, {}, true}, "*", missed);
      for (std::size_t i = 0; i < table->columns.size(); ++i) {
        for (Cell& other : others(*table, all, row, i)) {
          RowChange change{table, RowChange::Kind::kUpdate, row, row, true};
          change.after[i] = std::move(other);
          try_change(change, table->columns[i].name, missed);
        }
      }
    }
    return missed;
  }
  std::vector<std::string> tables() const { return mapping_.table_names(); }
  std::size_t tried() const { return tried_; }
  std::size_t changed() const { return changed_; }

 private:
  bool decides_parameters(const std::string& table) const {  // all documents are named then; without a site there would be none
    return std::ranges::any_of(mapping_.parameters(), [&](const auto& parameter) { return parameter.reads.contains(table); });
  }
  Documents documents(const std::string& type) {
    Documents found;
    auto ids = session_->all_ids(type);
    EXPECT_TRUE(ids);
    const MappingSession::Sink keep = [&found](Rendering rendering) -> engine::Result<void> {
      if (rendering.state != Rendering::State::kAbsent) found[rendering.key] = feed::content_hash(rendering) + feed::facts_hash(feed::encode_facts(rendering.facts));
      return engine::ok();
    };
    EXPECT_TRUE(session_->render(type, *ids, now_, keep));
    return found;
  }
  bool reads(const MappingResource& resource, const std::string& table, const std::string& column) const {
    const auto found = resource.reads.find(table);
    return before_.contains(resource.type) && found != resource.reads.end() && (column == "*" || found->second.contains(column));
  }
  void try_change(const RowChange& change, const std::string& column, std::vector<std::string>& missed) {
    AffectedSet named;
    EXPECT_TRUE(mirror_->begin());
    EXPECT_TRUE(session_->affected(change, Moment::kBefore, named));
    EXPECT_TRUE(mirror_->apply(change));
    EXPECT_TRUE(session_->affected(change, Moment::kAfter, named));
    ++tried_;
    for (const auto& resource : mapping_.resources()) {
      if (!reads(resource, change.table->name, column)) continue;
      for (const auto& key : different(before_.at(resource.type), documents(resource.type))) {
        ++changed_;
        if (!named.contains(key)) missed.push_back(key.type + " " + key.id + " by " + change.table->name + "." + column);
      }
    }
    mirror_->rollback();
    session_->rows_went_back();
  }
  static std::vector<feed::ResourceKey> different(const Documents& before, const Documents& after) {
    std::vector<feed::ResourceKey> found;
    for (const auto& [key, looks] : before) {
      if (const auto now = after.find(key); now == after.end() || now->second != looks) found.push_back(key);
    }
    for (const auto& [key, looks] : after) {
      if (!before.contains(key)) found.push_back(key);
    }
    return found;
  }

  /// A few rows of any table; of elements and their site rows one of each class, and owners of everything that has owners.
  std::vector<Row> chosen(const Table& table, const std::vector<Row>& all) {
    std::vector<Row> rows;
    const std::string key = table.name == "elements" ? "id" : table.name == "elements_sites" ? "elementId" : "";
    if (key.empty()) {
      const std::size_t step = std::max<std::size_t>(1, all.size() / kRowsOfATable);
      for (std::size_t i = 0; i < all.size() && rows.size() < kRowsOfATable; i += step) rows.push_back(all[i]);
      return rows;
    }
    const auto wanted = telling_elements();
    const auto at = place(table, key);
    std::ranges::copy_if(all, std::back_inserter(rows), [&](const Row& row) { return wanted.contains(std::get<std::int64_t>(row[at])); });
    return rows;
  }
  std::set<std::int64_t> telling_elements() {
    std::set<std::int64_t> ids;
    std::map<std::string, int> of_class;
    const auto elements = mirror_->table("elements");
    const auto id = place(*elements, "id"), type = place(*elements, "type"), draft = place(*elements, "draftId");
    EXPECT_TRUE(mirror_->for_each("elements", [&](const Row& row) {
      const bool first = row[draft] == Cell{} && ++of_class[std::get<std::string>(row[type])] == 1;
      if (first) ids.insert(std::get<std::int64_t>(row[id]));
    }));
    for (const auto& [name, column] : std::vector<std::pair<std::string, std::string>>{
             {"entries", "primaryOwnerId"}, {"addresses", "primaryOwnerId"}, {"commerce_variants", "primaryOwnerId"}, {"elements_owners", "ownerId"}}) {
      const auto at = place(*mirror_->table(name), column);
      std::set<std::int64_t> owners;
      EXPECT_TRUE(mirror_->for_each(name, [&, at = at](const Row& row) {
        if (row[at] != Cell{} && owners.size() < kOwnersOfAColumn) owners.insert(std::get<std::int64_t>(row[at]));
      }));
      ids.merge(owners);
    }
    return ids;
  }
  static std::size_t place(const Table& table, const std::string& column) {
    return static_cast<std::size_t>(std::ranges::find(table.columns, column, &Column::name) - table.columns.begin());
  }
  /// What the cell might become: nothing, and something else of its kind.
  static std::vector<Cell> others(const Table& table, const std::vector<Row>& all, const Row& row, std::size_t at) {
    const Cell& cell = row[at];
    const bool key = std::ranges::find(table.primary_key, at) != table.primary_key.end();
    const auto* number = std::get_if<std::int64_t>(&cell);
    if (key) return number ? std::vector<Cell>{*number + 1'000'000} : std::vector<Cell>{};
    if (number && (*number == 0 || *number == 1)) return {1 - *number};
    std::vector<Cell> found;
    if (cell != Cell{}) found.emplace_back();
    if (table.columns[at].kind == Column::Kind::kInstant) {
      found.emplace_back(std::string("2099-01-01 00:00:00"));
      return found;
    }
    const auto another = std::ranges::find_if(all, [&](const Row& r) { return r[at] != cell && r[at] != Cell{}; });
    if (another != all.end()) {
      found.push_back((*another)[at]);
    } else if (table.columns[at].kind == Column::Kind::kText) {
      found.emplace_back(std::string("other"));
    } else {
      found.emplace_back(std::int64_t{1});
    }
    return found;
  }

  TemporaryDirectory directory_;
  Mapping mapping_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<MappingSession> session_;
  engine::WallTime now_{};
  std::map<std::string, Documents> before_;
  std::size_t tried_ = 0, changed_ = 0;
};

class AffectedColumns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new MariaDbServer; }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  static void install_sample() {
    server_->execute("DROP DATABASE IF EXISTS craft");
    app::demo::SqlAddress address;
    address.socket = server_->socket();
    address.database = "craft";
    auto site = app::demo::SampleSite::connect(address);
    ASSERT_TRUE(site);
    ASSERT_TRUE((*site)->install());
  }
  static void expect_all_named(std::size_t at_least) {
    ChangedColumns site(*server_, craft());
    for (const auto& table : site.tables()) EXPECT_EQ(site.missed(table), std::vector<std::string>{}) << table;
    std::cout << "  " << site.tried() << " changed rows, " << site.changed() << " changed documents\n";
    EXPECT_GT(site.changed(), at_least);
  }
  static MariaDbServer* server_;
};
MariaDbServer* AffectedColumns::server_ = nullptr;

TEST_F(AffectedColumns, NoDocumentOfTheSampleSiteChangesUnseen) {
  install_sample();
  expect_all_named(500);
}

TEST_F(AffectedColumns, NoDocumentOfTheRecordedSiteChangesUnseen) {
  MILLRACE_NEEDS_FIXTURES();
  server_->execute("DROP DATABASE IF EXISTS craft");
  server_->execute("CREATE DATABASE craft CHARACTER SET utf8mb4");
  server_->load_sql(read_file(*fixtures() / "craft/mariadb/t1.sql.gz"), "craft");
  expect_all_named(2000);
}

TEST_F(AffectedColumns, AColumnForgottenBehindOfIsFound) {
  install_sample();
  TemporaryDirectory folder;
  std::filesystem::copy(craft(), folder.path(), std::filesystem::copy_options::recursive);
  const std::vector<std::array<std::string, 3>> forgotten{{"entry.sql", "of enabled archived dateDeleted", "elements.enabled"},
                                                          {"variant.sql", "of title slug uri enabled", "elements_sites.title"}};
  for (const auto& [file, list, column] : forgotten) {
    auto text = read_file(craft() / file);
    const auto name = column.substr(column.find('.') + 1) + " ";
    const auto at = text.find(list);
    ASSERT_NE(at, std::string::npos);
    std::ofstream(folder.path() / file) << text.erase(text.find(name, at), name.size());
    const auto table = column.substr(0, column.find('.'));
    const auto missed = ChangedColumns(*server_, folder.path()).missed(table);
    ASSERT_FALSE(missed.empty()) << column;
    EXPECT_TRUE(std::ranges::all_of(missed, [&](const auto& line) { return line.ends_with(" by " + column); })) << missed.front();
  }
}

}  // namespace
