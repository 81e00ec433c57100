#include <gtest/gtest.h>

#include "delivery/interests.h"
#include "delivery/key_schema.h"
#include "tests/support/fixtures.h"

namespace delivery {
namespace {

using feed::Action;
using feed::Offset;

std::unique_ptr<engine::store::Store> open_store(const test::TemporaryDirectory& directory) {
  engine::store::Options options;
  options.families = families();
  return std::move(engine::store::Store::open((directory.path() / "store").string(), options).value());
}

TEST(Interests, WithoutAnyInterestEverythingFlows) {
  const InterestTable table({{"idle", {}, {}}, {"odd", {"asset"}, {"moved"}}});
  const Routing& routing = table.route("order", Action::kDeleted, Offset{9});
  EXPECT_TRUE(routing.deliver);
  EXPECT_EQ(routing.mode, Mode::kFirehose);
  EXPECT_EQ(routing.json, R"({"mode":"firehose","credentialHandles":[]})");
}

TEST(Interests, AMatchNeedsTypeAndActionAndAnEmptySetMatchesAll) {
  const InterestTable table({{"zed", {"Entry"}, {}}, {"alpha", {}, {"UPDATED"}}, {"both", {"entry"}, {"created"}}});
  EXPECT_EQ(table.route("entry", Action::kUpdated, Offset{1}).handles, (std::vector<std::string>{"alpha", "zed"}));
  EXPECT_EQ(table.route("entry", Action::kCreated, Offset{1}).json, R"({"mode":"targeted","credentialHandles":["both","zed"]})");
  EXPECT_TRUE(table.route("order", Action::kUpdated, Offset{1}).deliver);
  EXPECT_FALSE(table.route("order", Action::kDeleted, Offset{1}).deliver);
  EXPECT_FALSE(table.route("order", Action::kNone, Offset{1}).deliver);
}

TEST(Interests, StarStandsForAllAndHandlesAreNamedOnce) {
  const InterestTable table({{"a", {"*"}, {}}, {"a", {"order"}, {}}});
  EXPECT_EQ(table.route("order", Action::kCreated, Offset{1}).handles, (std::vector<std::string>{"a"}));
  EXPECT_EQ(canonical({{"a", {"*"}, {"x"}}}), (std::vector<Interest>{{"a", {"entry", "order", "product"}, {}}}));
}

TEST(Interests, ANewVersionAppliesFromTheHighWatermarkOn) {
  const test::TemporaryDirectory directory;
  auto store = open_store(directory);
  ASSERT_EQ(InterestTable::open(*store, {}, Offset{1}).value()->versions(), 1u);
  auto table = InterestTable::open(*store, {{"bot", {"entry"}, {}}}, Offset{50}).value();
  EXPECT_EQ(table->versions(), 2u);
  EXPECT_EQ(table->route("order", Action::kUpdated, Offset{49}).mode, Mode::kFirehose);
  EXPECT_FALSE(table->route("order", Action::kUpdated, Offset{50}).deliver);

  // The same meaning, spelt otherwise, after a restart: no new version, the same answers.
  table = InterestTable::open(*store, {{"bot", {"ENTRY", "junk"}, {}}, {"idle", {}, {}}}, Offset{90}).value();
  EXPECT_EQ(table->versions(), 2u);
  EXPECT_TRUE(table->route("order", Action::kUpdated, Offset{49}).deliver);
  table = InterestTable::open(*store, {}, Offset{90}).value();
  EXPECT_EQ(table->versions(), 3u);
  EXPECT_FALSE(table->route("order", Action::kUpdated, Offset{89}).deliver);
  EXPECT_TRUE(table->route("order", Action::kUpdated, Offset{90}).deliver);
}

TEST(Interests, WhileTheServiceIsOffNobodyIsToldAlsoNotLater) {
  test::TemporaryDirectory directory;
  auto store = open_store(directory);
  ASSERT_TRUE(InterestTable::open(*store, {}, Offset{1}));
  ASSERT_TRUE(InterestTable::open(*store, {}, Offset{10}, true));
  EXPECT_EQ(InterestTable::open(*store, {}, Offset{15}, true).value()->versions(), 2u);
  const auto table = InterestTable::open(*store, {}, Offset{20}).value();
  EXPECT_TRUE(table->route("entry", Action::kCreated, Offset{9}).deliver);
  EXPECT_FALSE(table->route("entry", Action::kCreated, Offset{10}).deliver);
  EXPECT_FALSE(table->route("entry", Action::kCreated, Offset{19}).deliver);
  EXPECT_TRUE(table->route("entry", Action::kCreated, Offset{20}).deliver);
}

TEST(Interests, AChangeWhileRunningAppliesFromItsOffsetOnAndSurvives) {
  test::TemporaryDirectory directory;
  {
    auto store = open_store(directory);
    auto table = InterestTable::open(*store, {}, Offset{1}).value();
    const Routing& before = table->route("order", Action::kCreated, Offset{4});
    ASSERT_TRUE(table->replace(*store, {{"shop", {"order"}, {}}}, Offset{5}));
    ASSERT_TRUE(table->replace(*store, {{"shop", {"order"}, {}}}, Offset{9}));  // means the same: no version
    EXPECT_EQ(table->versions(), 2u);
    EXPECT_EQ(before.mode, Mode::kFirehose);  // what was given stays
    EXPECT_EQ(table->route("order", Action::kCreated, Offset{4}).mode, Mode::kFirehose);
    EXPECT_EQ(table->route("order", Action::kCreated, Offset{5}).handles, (std::vector<std::string>{"shop"}));
    EXPECT_FALSE(table->route("entry", Action::kCreated, Offset{5}).deliver);
    ASSERT_TRUE(table->replace(*store, {}, Offset{5}));  // gone again before anything happened
    EXPECT_TRUE(table->route("entry", Action::kCreated, Offset{5}).deliver);
    ASSERT_TRUE(table->replace(*store, {{"desk", {"entry"}, {}}}, Offset{7}));
  }
  auto store = open_store(directory);
  const auto table = InterestTable::open(*store, {{"desk", {"entry"}, {}}}, Offset{20}).value();
  EXPECT_TRUE(table->route("order", Action::kCreated, Offset{6}).deliver);
  EXPECT_FALSE(table->route("order", Action::kCreated, Offset{7}).deliver);
  EXPECT_EQ(table->route("entry", Action::kCreated, Offset{19}).handles, (std::vector<std::string>{"desk"}));
}

TEST(Interests, AVersionThatNeverAppliedIsReplaced) {
  const test::TemporaryDirectory directory;
  auto store = open_store(directory);
  for (const char* handle : {"a", "b", "c"}) ASSERT_TRUE(InterestTable::open(*store, {{handle, {"entry"}, {}}}, Offset{7}));
  const auto table = InterestTable::open(*store, {{"c", {"entry"}, {}}}, Offset{7}).value();
  EXPECT_EQ(table->versions(), 2u);
  EXPECT_EQ(table->route("entry", Action::kUpdated, Offset{7}).handles, (std::vector<std::string>{"c"}));
}

}  // namespace
}  // namespace delivery
