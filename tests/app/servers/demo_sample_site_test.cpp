// The sample site against a real MariaDB: the same seed gives the same rows, and its actions do what they are named after.

#include <gtest/gtest.h>

#include <map>

#include "app/demo/local_mariadb.h"
#include "app/demo/sample_site.h"
#include "tests/support/fixtures.h"

namespace app::demo {
namespace {

class DemoSampleSite : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new test::TemporaryDirectory;
    auto server = LocalMariaDb::start(directory_->path());
    ASSERT_TRUE(server) << server.error().detail;
    server_ = server->release();
  }
  static void TearDownTestSuite() {
    delete server_;
    delete directory_;
  }

  static std::unique_ptr<SampleSite> fresh(const std::string& database, SampleOptions options = {}) {
    SqlAddress address;
    address.socket = server_->socket();
    address.database = database;
    auto site = SampleSite::connect(address, options);
    EXPECT_TRUE(site) << site.error().detail;
    auto installed = (*site)->install();
    EXPECT_TRUE(installed) << installed.error().detail;
    EXPECT_TRUE((*site)->set_now(installed_at()));
    return std::move(*site);
  }

  using Documents = std::map<std::pair<std::string, std::int64_t>, SampleDocument>;
  static Documents documents(SampleSite& site) {
    auto list = sample_documents(site.sql());
    EXPECT_TRUE(list) << list.error().detail;
    Documents found;
    for (auto& document : *list) found[{document.type, document.id}] = document;
    return found;
  }
  static std::string text(SampleSite& site) {
    std::string all;
    for (const auto& [key, document] : documents(site)) all += key.first + std::to_string(key.second) + document.body + "\n";
    return all;
  }
  static std::string played(SampleSite& site, std::string_view action) {
    auto report = site.play(action);
    EXPECT_TRUE(report) << report.error().detail;
    return report ? report->subject : std::string();
  }

  static test::TemporaryDirectory* directory_;
  static LocalMariaDb* server_;
};
test::TemporaryDirectory* DemoSampleSite::directory_ = nullptr;
LocalMariaDb* DemoSampleSite::server_ = nullptr;

TEST_F(DemoSampleSite, HoldsEveryKindOfDocument) {
  auto site = fresh("kinds");
  std::map<std::string, int> count;
  std::map<std::string, int> statuses;
  for (const auto& [key, document] : documents(*site)) {
    ++count[document.type];
    if (document.type == "entry") ++statuses[document.status];
  }
  EXPECT_EQ(count["entry"], 60);
  EXPECT_EQ(count["product"], 20);
  EXPECT_GE(count["variant"], 20);
  EXPECT_EQ(count["order"], 30);
  EXPECT_GT(statuses["live"], 0);
  EXPECT_GT(statuses["pending"], 0);
  EXPECT_GT(statuses["expired"], 0);
}

TEST_F(DemoSampleSite, SameSeedGivesSameRowsStepByStep) {
  auto one = fresh("same_one");
  auto two = fresh("same_two");
  ASSERT_EQ(text(*one), text(*two));
  for (std::uint64_t n = 0; n < 150; ++n) {
    auto first = one->step(n);
    auto second = two->step(n);
    ASSERT_TRUE(first) << n << ": " << first.error().detail;
    ASSERT_TRUE(second) << n << ": " << second.error().detail;
    ASSERT_EQ(first->action + " " + first->subject, second->action + " " + second->subject) << n;
  }
  EXPECT_EQ(text(*one), text(*two));
}

TEST_F(DemoSampleSite, AnotherSeedGivesOtherRows) {
  SampleOptions other;
  other.seed = 2;
  EXPECT_NE(text(*fresh("seed_one")), text(*fresh("seed_two", other)));
}

TEST_F(DemoSampleSite, EveryActionRunsAndFindsSomethingToDo) {
  auto site = fresh("actions");
  (void)played(*site, "save_draft");
  (void)played(*site, "trash_entry");
  for (const auto& action : SampleSite::actions()) EXPECT_NE(played(*site, action.name), "") << action.name;
}

TEST_F(DemoSampleSite, SavingUnchangedAndRollingBackChangeNoDocument) {
  auto site = fresh("unchanged");
  const auto before = text(*site);
  for (const char* action : {"save_unchanged", "roll_back", "renumber_status", "alter_table", "edit_other_site", "save_draft"}) {
    EXPECT_NE(played(*site, action), "") << action;
    EXPECT_EQ(text(*site), before) << action;
  }
}

TEST_F(DemoSampleSite, PurgingAnEntryTakesItsNestedOnesByCascade) {
  auto site = fresh("purge");
  auto owner = site->sql().number("SELECT MIN(ownerId) FROM elements_owners o JOIN entries n ON n.id = o.elementId");
  ASSERT_TRUE(owner);
  const auto before = documents(*site).size();
  ASSERT_TRUE(site->sql().run("DELETE FROM elements WHERE id = " + std::to_string(*owner)));
  EXPECT_EQ(documents(*site).size(), before - 2);
}

TEST_F(DemoSampleSite, ScheduledEntryGoesLiveWithTheClockAlone) {
  auto site = fresh("schedule");
  site->set_schedule_ahead(std::chrono::seconds(90));
  const auto subject = played(*site, "schedule_entry");
  const auto id = std::stoll(subject.substr(subject.find(' ') + 1));
  const auto status = [&] { return documents(*site)[{"entry", id}].status; };
  EXPECT_EQ(status(), "pending");
  ASSERT_TRUE(site->set_now(installed_at() + std::chrono::seconds(89)));
  EXPECT_EQ(status(), "pending");
  ASSERT_TRUE(site->set_now(installed_at() + std::chrono::seconds(90)));
  EXPECT_EQ(status(), "live");
}

TEST_F(DemoSampleSite, CompletingAnOrderTakesStockInTheSameTransaction) {
  auto site = fresh("orders");
  const auto subject = played(*site, "open_cart");
  const auto id = std::stoll(subject.substr(subject.find(' ') + 1));
  EXPECT_FALSE((documents(*site)[{"order", id}].in_feed));
  auto before = site->sql().number("SELECT COUNT(*) FROM commerce_inventorytransactions WHERE movementHash = 'order'");
  while ((!documents(*site)[{"order", id}].in_feed)) ASSERT_NE(played(*site, "complete_order"), "");
  auto after = site->sql().number("SELECT COUNT(*) FROM commerce_inventorytransactions WHERE movementHash = 'order'");
  ASSERT_TRUE(before && after);
  EXPECT_GT(*after, *before);
}

TEST_F(DemoSampleSite, RefusesADatabaseThatIsNotEmpty) {
  auto site = fresh("twice");
  auto again = site->install();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, engine::Errc::kConflict);
}

}  // namespace
}  // namespace app::demo
