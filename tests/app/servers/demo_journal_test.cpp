// The demo's own judgement: it passes what is right and names what is missing, out of order, unsigned or unexplained.

#include "app/demo/demo_journal.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/demo/local_mariadb.h"
#include "engine/base/json_writer.h"
#include "tests/support/fixtures.h"

namespace app::demo {
namespace {

class DemoJournalTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_directory_ = new test::TemporaryDirectory;
    auto server = LocalMariaDb::start(server_directory_->path());
    ASSERT_TRUE(server) << server.error().detail;
    server_ = server->release();
  }
  static void TearDownTestSuite() {
    delete server_;
    delete server_directory_;
  }
  void SetUp() override {
    SqlAddress address;
    address.socket = server_->socket();
    address.database = std::string("journal_") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    auto site = SampleSite::connect(address);
    ASSERT_TRUE(site) << site.error().detail;
    site_ = std::move(*site);
    ASSERT_TRUE(site_->install());
    ASSERT_TRUE(site_->set_now(installed_at()));
    ASSERT_TRUE(journal_.begin(site_->sql()));
  }

  void play(const char* action, std::size_t at_least) {
    auto report = site_->play(action);
    ASSERT_TRUE(report) << report.error().detail;
    auto made = journal_.observe(site_->sql(), 1000);
    ASSERT_TRUE(made);
    ASSERT_GE(*made, at_least) << action;
  }
  /// A record line of a delivery that fits `expected`.
  static std::string line(const Expected& expected, std::size_t number, bool verified = true, int answered = 200) {
    std::string body, text;
    engine::JsonWriter payload(body);
    payload.begin_object().key("id").string("evt_" + std::to_string(number)).key("resourceType").string(expected.key.first);
    payload.key("resourceId").string(std::to_string(expected.key.second)).key("action").string(expected.actions.front()).key("snapshot");
    if (expected.actions.front() == "deleted") {
      payload.null();
    } else {
      payload.begin_object().key(expected.key.first == "order" ? "number" : "title").string(expected.title);
      payload.key("status").string(expected.status).end_object();
    }
    payload.end_object();
    engine::JsonWriter json(text);
    json.begin_object()
        .key("at_ms")
        .number(1010)
        .key("body")
        .string(body)
        .key("verified")
        .boolean(verified)
        .key("answered")
        .number(answered)
        .end_object();
    return text;
  }
  std::vector<std::string> all_lines() const {
    std::vector<std::string> lines;
    for (const auto& expected : journal_.expected()) lines.push_back(line(expected, lines.size()));
    return lines;
  }
  DeliveryVerdict verdict(const std::vector<std::string>& lines) {
    const auto file = directory_.path() / "record.jsonl";
    std::ofstream out(file, std::ios::trunc);
    for (const auto& one : lines) out << one << "\n";
    out.close();
    DemoRecord record(file);
    record.read_on();
    return judge(journal_, record);
  }

  static test::TemporaryDirectory* server_directory_;
  static LocalMariaDb* server_;
  test::TemporaryDirectory directory_;
  std::unique_ptr<SampleSite> site_;
  DemoJournal journal_;
};
test::TemporaryDirectory* DemoJournalTest::server_directory_ = nullptr;
LocalMariaDb* DemoJournalTest::server_ = nullptr;

TEST_F(DemoJournalTest, ExpectsOneEventPerChangedResource) {
  play("edit_title", 1);
  play("sell", 1);  // a variant's, told as its product's
  play("complete_order", 2);
  EXPECT_EQ(journal_.expected().front().key.first, "entry");
  EXPECT_EQ(journal_.expected()[1].key.first, "product");
  EXPECT_EQ(journal_.expected()[1].actions, std::vector<std::string>{"updated"});
}

TEST_F(DemoJournalTest, ExpectsNothingWhereNoDocumentChanges) {
  for (const char* action : {"save_unchanged", "roll_back", "renumber_status", "edit_other_site", "save_draft"}) play(action, 0);
  EXPECT_TRUE(journal_.expected().empty());
}

TEST_F(DemoJournalTest, PassesWhatIsRightAndCountsRepeats) {
  play("bulk_update", 5);
  auto lines = all_lines();
  lines.push_back(lines.front());
  const auto judged = verdict(lines);
  EXPECT_TRUE(judged.problems.empty()) << judged.problems.front();
  EXPECT_EQ(judged.missing, 0u);
  EXPECT_EQ(judged.repeats, 1u);
  EXPECT_EQ(judged.events, journal_.expected().size());
}

TEST_F(DemoJournalTest, CountsWhatIsMissingOrRefused) {
  play("bulk_update", 5);
  auto lines = all_lines();
  lines.pop_back();
  EXPECT_EQ(verdict(lines).missing, 1u);
  lines.push_back(line(journal_.expected().back(), 99, true, 503));
  EXPECT_EQ(verdict(lines).missing, 1u);
  lines.push_back(line(journal_.expected().back(), 99, true, 200));
  EXPECT_EQ(verdict(lines).missing, 0u);
}

TEST_F(DemoJournalTest, NamesEventsOutOfOrder) {
  play("bulk_update", 5);
  const auto key = journal_.expected().front().key;
  auto renamed =
      site_->sql().run("UPDATE elements_sites SET title = 'Second' WHERE siteId = 1 AND elementId = " + std::to_string(key.second));
  ASSERT_TRUE(renamed);
  ASSERT_TRUE(journal_.observe(site_->sql(), 1001));
  auto lines = all_lines();
  EXPECT_TRUE(verdict(lines).problems.empty());
  std::swap(lines.front(), lines.back());
  EXPECT_EQ(verdict(lines).problems.size(), 1u);
}

TEST_F(DemoJournalTest, NamesUnsignedAndUnexplainedEvents) {
  play("edit_title", 1);
  EXPECT_EQ(verdict({line(journal_.expected().front(), 1, false)}).problems.size(), 1u);
  auto lines = all_lines();
  Expected unknown = journal_.expected().front();
  unknown.key.second += 100000;
  lines.push_back(line(unknown, 77));
  EXPECT_EQ(verdict(lines).problems.size(), 1u);
  lines.back() = "no payload at all";
  EXPECT_EQ(verdict(lines).problems.size(), 1u);
}

}  // namespace
}  // namespace app::demo
