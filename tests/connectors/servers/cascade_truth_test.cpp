// What foreign keys do, held against what MariaDB itself does with them: random deletes and new keys, compared table by table.

#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "app/demo/sample_site.h"
#include "connectors/mariadb/mariadb_source.h"
#include "connectors/mirror/cascade.h"
#include "connectors/projection.h"
#include "tests/connectors/servers/table_rows.h"
#include "tests/support/mariadb_server.h"

namespace {

using namespace std::chrono_literals;
using namespace connectors;
using Rule = ForeignKey::Rule;

bool acts(Rule rule) { return rule == Rule::kCascade || rule == Rule::kSetNull; }

class CascadeTruth : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new test::MariaDbServer; }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  /// The mirror of `database` as it is now, and a stream behind it.
  void follow(const std::string& database) {
    MariaDbOptions options;
    options.socket = server_->socket();
    options.user = "root";
    options.database = database;
    options.heartbeat = 200ms;
    source_ = std::make_unique<MariaDbSource>(options);
    ASSERT_TRUE(source_->connect(std::nullopt));
    auto names = source_->tables();
    ASSERT_TRUE(names);
    auto tables = source_->describe(*names);
    ASSERT_TRUE(tables);
    tables_ = std::move(*tables);
    auto keys = source_->foreign_keys();
    ASSERT_TRUE(keys);
    keys_ = std::move(*keys);
    mirror_ = std::move(*Mirror::open(directory_.path() / (database + ".sqlite")));
    test::copy_tables(*source_, tables_, *mirror_);
    cascade_.emplace(std::move(*Cascade::create(*mirror_, keys_)));
    projection_.emplace(*mirror_);
  }

  /// Takes everything the server has committed by now.
  void catch_up() {
    auto here = source_->read_chunk(tables_.front(), {}, 1);
    ASSERT_TRUE(here);
    ASSERT_TRUE(mirror_->begin());
    while (!source_->reached(here->position)) {
      auto slice = source_->next(500ms);
      ASSERT_TRUE(slice) << slice.error().detail;
      if (!*slice) continue;
      for (const auto& change : (*slice)->rows) take(change);
    }
    ASSERT_TRUE(mirror_->commit());
  }

  void take(const RowChange& change) {
    auto row = projection_->project(change);
    ASSERT_TRUE(row) << row.error().detail;
    if (!*row) return;
    auto all = cascade_->expand(**row);
    ASSERT_TRUE(all);
    derived_ += all->size() - 1;
    for (const auto& step : *all) ASSERT_TRUE(mirror_->apply(step));
  }

  std::string differences() {
    std::string all;
    for (const auto& table : tables_) {
      const auto told = test::difference(table, test::rows_of(*source_, table), test::rows_of(*mirror_, table.name));
      if (!told.empty()) all += told + "\n";
    }
    return all;
  }

  /// One statement that deletes or renumbers a parent row, drawn from `random`. Empty: the parent has no rows.
  std::string random_blow(app::demo::SqlSession& sql, std::mt19937_64& random) {
    std::vector<const ForeignKey*> acting;
    for (const auto& key : keys_) {
      if (acts(key.on_delete) || acts(key.on_update)) acting.push_back(&key);
    }
    const ForeignKey& key = *acting[random() % acting.size()];
    const auto column = "`" + key.parent_columns.front() + "`";
    const auto rows = sql.rows("SELECT " + column + " FROM `" + key.parent + "` ORDER BY 1");
    if (!rows || rows->empty()) return {};
    const bool holds_everything = rows->size() < 4;  // a site, a store: seldom, or soon nothing is left
    if (holds_everything && random() % 12 != 0) return {};
    const auto& chosen = (*rows)[random() % rows->size()].front();
    if (!chosen) return {};
    const auto where = " WHERE " + column + " = " + sql.quote(*chosen);
    const bool renumbers = acts(key.on_update) && (!acts(key.on_delete) || random() % 2 == 0);
    if (renumbers) return "UPDATE `" + key.parent + "` SET " + column + " = " + std::to_string(500000 + random() % 400000) + where;
    return "DELETE FROM `" + key.parent + "`" + where;
  }

  static test::MariaDbServer* server_;
  test::TemporaryDirectory directory_;
  std::unique_ptr<MariaDbSource> source_;
  std::unique_ptr<Mirror> mirror_;
  std::vector<Table> tables_;
  std::vector<ForeignKey> keys_;
  std::optional<Cascade> cascade_;
  std::optional<Projection> projection_;
  std::size_t derived_ = 0;
};
test::MariaDbServer* CascadeTruth::server_ = nullptr;

class CascadeTruthOfTheSample : public CascadeTruth, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(CascadeTruthOfTheSample, EveryTableStaysWhatTheServerHas) {
  const auto seed = GetParam();
  app::demo::SqlAddress address;
  address.socket = server_->socket();
  address.database = "sample_" + std::to_string(seed);
  auto site = app::demo::SampleSite::connect(address, {seed});
  ASSERT_TRUE(site);
  ASSERT_TRUE((*site)->install());
  follow(address.database);
  ASSERT_FALSE(HasFatalFailure());
  std::mt19937_64 random(seed);
  std::size_t blows = 0;
  for (std::uint64_t round = 0; round < 25; ++round) {
    std::vector<std::string> history;
    for (std::uint64_t step = 0; step < 6; ++step) (void)(*site)->step(round * 6 + step);  // some find no ground left under them
    ASSERT_TRUE((*site)->sql().run("START TRANSACTION"));
    for (int i = 0; i < 4; ++i) {
      const auto sql = random_blow((*site)->sql(), random);
      // A key that restricts, or a number taken, is refused by the server: then nothing happened.
      if (!sql.empty() && (*site)->sql().run(sql)) history.push_back(sql);
    }
    const bool taken_back = random() % 5 == 0;
    ASSERT_TRUE((*site)->sql().run(taken_back ? "ROLLBACK" : "COMMIT"));
    if (!taken_back) blows += history.size();
    catch_up();
    ASSERT_FALSE(HasFatalFailure());
    const auto told = differences();
    ASSERT_EQ(told, "") << "seed " << seed << ", round " << round << ", after " << ::testing::PrintToString(history);
  }
  std::cout << "seed " << seed << ": " << blows << " deletes and new keys, " << derived_ << " row changes derived\n";
  EXPECT_GT(blows, 20u);
  EXPECT_GT(derived_, blows);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CascadeTruthOfTheSample, ::testing::Values(1u, 2u, 3u, 4u));

/// Keys the sample has not: composite ones, texts that compare without case, chains of new keys, two paths to one row, circles.
constexpr const char* kKnots = R"(
CREATE TABLE country (code varchar(8) COLLATE utf8mb4_unicode_ci PRIMARY KEY, name varchar(20));
CREATE TABLE city (country varchar(8) COLLATE utf8mb4_unicode_ci, number int, mayor int NULL, PRIMARY KEY (number, country),
  FOREIGN KEY (country) REFERENCES country (code) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE street (id int PRIMARY KEY, note varchar(9), city int NULL, country varchar(8) COLLATE utf8mb4_unicode_ci NULL, parallel int NULL,
  FOREIGN KEY (city, country) REFERENCES city (number, country) ON DELETE SET NULL ON UPDATE CASCADE,
  FOREIGN KEY (parallel) REFERENCES street (id) ON DELETE SET NULL);
CREATE TABLE house (street int NULL, id int PRIMARY KEY, country varchar(8) COLLATE utf8mb4_unicode_ci NULL, owner int NULL,
  FOREIGN KEY (street) REFERENCES street (id) ON DELETE CASCADE ON UPDATE SET NULL,
  FOREIGN KEY (country) REFERENCES country (code) ON DELETE SET NULL ON UPDATE SET NULL);
CREATE TABLE person (id int PRIMARY KEY, home int NULL, boss int NULL,
  FOREIGN KEY (home) REFERENCES house (id) ON DELETE CASCADE ON UPDATE CASCADE,
  FOREIGN KEY (boss) REFERENCES person (id) ON DELETE CASCADE);
ALTER TABLE house ADD FOREIGN KEY (owner) REFERENCES person (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE city ADD FOREIGN KEY (mayor) REFERENCES person (id) ON DELETE CASCADE;
)";

void fill_knots(test::MariaDbServer& server, const std::string& database, std::mt19937_64& random) {
  const auto some = [&random](int below) { return std::to_string(1 + random() % static_cast<std::uint64_t>(below)); };
  const auto spelled = [&random](std::string code) {
    if (random() % 2 == 0) code[0] = static_cast<char>(code[0] - 'a' + 'A');
    return "'" + code + "'";
  };
  std::string sql = "SET foreign_key_checks=0;";
  for (int i = 1; i <= 6; ++i) sql += "REPLACE INTO country VALUES ('c" + std::to_string(i) + "', 'name');";
  for (int i = 1; i <= 20; ++i) sql += "REPLACE INTO city VALUES (" + spelled("c" + some(6)) + "," + std::to_string(i) + "," + some(40) + ");";
  // Streets of cities that are there, in the spelling of their own.
  for (int i = 1; i <= 40; ++i) {
    const auto parallel = i > 1 && random() % 2 == 0 ? some(i - 1) : std::string("NULL");
    sql += "REPLACE INTO street SELECT " + std::to_string(i) + ", 'n', number, UPPER(country), " + parallel + " FROM city ORDER BY number, country LIMIT 1 OFFSET " + some(19) + ";";
  }
  for (int i = 1; i <= 60; ++i) sql += "REPLACE INTO house VALUES (" + some(40) + "," + std::to_string(i) + "," + spelled("c" + some(6)) + "," + some(40) + ");";
  for (int i = 1; i <= 40; ++i) sql += "REPLACE INTO person VALUES (" + std::to_string(i) + "," + some(60) + "," + (i > 1 && random() % 3 == 0 ? some(i - 1) : "NULL") + ");";
  server.load_sql(sql, database);
}

class KnotsOfKeys : public CascadeTruth, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(KnotsOfKeys, ComeApartAsTheServerUndoesThem) {
  const auto database = "knots_" + std::to_string(GetParam());
  server_->execute("CREATE DATABASE " + database + " CHARACTER SET utf8mb4");
  server_->load_sql(kKnots, database);
  std::mt19937_64 random(GetParam());
  fill_knots(*server_, database, random);
  follow(database);
  ASSERT_FALSE(HasFatalFailure());
  const auto number = [&random](int below) { return std::to_string(1 + random() % static_cast<std::uint64_t>(below)); };
  app::demo::SqlAddress address;
  address.socket = server_->socket();
  address.database = database;
  auto sql = app::demo::SqlSession::connect(address);
  ASSERT_TRUE(sql);
  std::size_t done = 0;
  for (int round = 0; round < 120; ++round) {
    const auto fresh = std::to_string(1000 + round);
    const std::vector<std::string> blows{
        "DELETE FROM country WHERE code = 'C" + number(6) + "'",
        "UPDATE country SET code = 'd" + fresh + "' WHERE code = 'c" + number(6) + "'",
        "UPDATE country SET code = UPPER(code) WHERE code = 'c" + number(6) + "'",
        "DELETE FROM city WHERE number = " + number(20),
        "UPDATE city SET number = " + fresh + " WHERE number = " + number(20),
        "DELETE FROM street WHERE id = " + number(40),
        "UPDATE street SET id = " + fresh + " WHERE id = " + number(40),
        "UPDATE house SET id = " + fresh + " WHERE id = " + number(60),
        "DELETE FROM house WHERE id = " + number(60),
        "DELETE FROM person WHERE id = " + number(40),
        "UPDATE person SET id = " + fresh + " WHERE id = " + number(40),
    };
    const auto& blow = blows[random() % blows.size()];
    done += static_cast<bool>((*sql)->run(blow));
    if (round % 12 == 11) fill_knots(*server_, database, random);
    catch_up();
    ASSERT_FALSE(HasFatalFailure());
    ASSERT_EQ(differences(), "") << "round " << round << ": " << blow;
  }
  EXPECT_GT(done, 60u);
  EXPECT_GT(derived_, 100u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, KnotsOfKeys, ::testing::Values(7u, 8u, 9u, 10u, 11u));

}  // namespace
