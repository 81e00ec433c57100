#include "feed/differ.h"

#include "tests/feed/log_fixtures.h"

namespace feed {
namespace {

using State = Rendering::State;

Rendering live(const std::string& type, const std::string& id, std::int64_t raw, const std::string& body, std::int64_t created = 1) {
  Rendering out;
  out.key = {type, id};
  out.state = State::kLive;
  out.created_at = at(created);
  out.raw_updated_at = at(raw);
  out.parts.feed = out.parts.webhook = R"({"body":")" + body + R"(","updatedAt":)" + std::string(kUpdatedAtMark) + "}";
  return out;
}
Rendering gone(const std::string& type, const std::string& id, State state, std::int64_t raw = 0) {
  Rendering out;
  out.key = {type, id};
  out.state = state;
  out.raw_updated_at = at(raw);
  return out;
}
Rendering variant(const std::string& id, const std::string& product, std::int64_t raw, const std::string& body) {
  auto out = live("variant", id, raw, body);
  out.alias = WebhookAlias{{"product", product}};
  return out;
}

class DifferRules : public ::testing::Test {
 protected:
  std::vector<Change> diff(std::int64_t commit, std::vector<Rendering> renderings, Origin origin = Origin::kStream) {
    auto changes = differ_.diff({origin, "t" + std::to_string(commit), at(commit), at(commit + 1)}, renderings);
    EXPECT_TRUE(changes);
    return changes ? *changes : std::vector<Change>{};
  }
  std::vector<Change> commit(std::int64_t second, std::vector<Rendering> renderings, Origin origin = Origin::kStream) {
    auto changes = diff(second, std::move(renderings), origin);
    EXPECT_TRUE(log_.append(changes, position(++sequence_)));
    differ_.committed();
    return changes;
  }
  MemoryChangeLog log_;
  Differ differ_{log_, "craft"};
  std::uint64_t sequence_ = 0;
};

TEST_F(DifferRules, FirstSeenShowsTheSourcesInstantAndIsCreatedForSubscribers) {
  const auto changes = commit(100, {live("entry", "1", 90, "a", 90), live("entry", "2", 90, "a", 50)});
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].updated_at, at(90));
  EXPECT_EQ(changes[0].feed_action, Action::kCreated);
  EXPECT_EQ(changes[1].feed_action, Action::kUpdated);
  EXPECT_EQ(changes[1].webhook_action, Action::kCreated);
  EXPECT_EQ(changes[0].parts.feed, R"({"body":"a","updatedAt":"1970-01-01T00:01:30Z"})");
  EXPECT_EQ(changes[0].appended_at, at(101));
}

TEST_F(DifferRules, AnEqualRenderingIsNoChange) {
  commit(100, {live("entry", "1", 90, "a")});
  EXPECT_TRUE(commit(101, {live("entry", "1", 90, "a")}).empty());
}

TEST_F(DifferRules, ANewerSourceInstantIsShownElseTheCommit) {
  commit(100, {live("entry", "1", 90, "a")});
  EXPECT_EQ(commit(200, {live("entry", "1", 150, "b")}).at(0).updated_at, at(150));
  const auto same_raw = commit(210, {live("entry", "1", 150, "c")}).at(0);
  EXPECT_EQ(same_raw.updated_at, at(210));
  EXPECT_EQ(same_raw.webhook_action, Action::kUpdated);
  EXPECT_EQ(commit(205, {live("entry", "1", 150, "d")}).at(0).updated_at, at(210)) << "never goes back";
}

TEST_F(DifferRules, DeletionsLeaveOneTombstone) {
  commit(100, {live("entry", "1", 90, "a"), live("entry", "2", 90, "a")});
  const auto changes = commit(200, {gone("entry", "1", State::kDeleted, 195), gone("entry", "2", State::kAbsent), gone("entry", "3", State::kAbsent)});
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].updated_at, at(195));
  EXPECT_EQ(changes[1].updated_at, at(200));
  for (const auto& change : changes) {
    EXPECT_TRUE(change.tombstone());
    EXPECT_EQ(change.webhook_action, Action::kDeleted);
    EXPECT_EQ(change.parts, Parts{});
  }
  EXPECT_TRUE(commit(300, {gone("entry", "1", State::kDeleted, 195), gone("entry", "1", State::kAbsent)}).empty());
  const auto restored = commit(400, {live("entry", "1", 90, "a")}).at(0);
  EXPECT_EQ(restored.webhook_action, Action::kUpdated);
  EXPECT_EQ(restored.updated_at, at(400));
}

TEST_F(DifferRules, ASoftDeletedRowNeverSeenIsATombstone) {
  const auto change = commit(100, {gone("entry", "1", State::kDeleted, 80)}, Origin::kSnapshot).at(0);
  EXPECT_TRUE(change.tombstone());
  EXPECT_EQ(change.updated_at, at(80));
  EXPECT_EQ(change.webhook_action, Action::kNone);
}

TEST_F(DifferRules, ASnapshotTellsNobodyAndHasNoAppendInstant) {
  const auto change = commit(100, {live("entry", "1", 90, "a")}, Origin::kSnapshot).at(0);
  EXPECT_EQ(change.webhook_action, Action::kNone);
  EXPECT_EQ(change.appended_at, engine::WallTime{});
  EXPECT_EQ(commit(200, {live("entry", "1", 150, "b")}, Origin::kResnapshot).at(0).webhook_action, Action::kUpdated);
}

TEST_F(DifferRules, AVariantIsToldOnceAsItsProduct) {
  const auto alone = commit(100, {variant("7", "1", 90, "a"), variant("8", "1", 90, "a"), variant("9", "2", 90, "a")});
  EXPECT_EQ(alone[0].webhook_action, Action::kUpdated);
  EXPECT_EQ(alone[0].webhook_key(), (ResourceKey{"product", "1"}));
  EXPECT_EQ(alone[1].webhook_action, Action::kNone);
  EXPECT_EQ(alone[2].webhook_action, Action::kUpdated);
  const auto with_product = commit(200, {variant("7", "1", 190, "b"), live("product", "1", 190, "p")});
  EXPECT_EQ(with_product[0].webhook_action, Action::kNone);
  EXPECT_EQ(with_product[1].webhook_action, Action::kCreated);
  EXPECT_EQ(with_product[0].event_id, with_product[1].event_id);
}

TEST_F(DifferRules, AVanishedVariantIsStillToldAsItsProductUnlessThatGoesToo) {
  commit(100, {live("product", "1", 90, "p"), variant("7", "1", 90, "a"), variant("8", "1", 90, "a")});
  const auto change = commit(200, {gone("variant", "7", State::kAbsent)}).at(0);
  EXPECT_TRUE(change.tombstone());
  EXPECT_EQ(change.webhook_action, Action::kUpdated);
  EXPECT_EQ(change.webhook_key(), (ResourceKey{"product", "1"}));
  EXPECT_EQ(change.parts.webhook, R"({"body":"a","updatedAt":"1970-01-01T00:03:20Z"})");
  const auto both = commit(300, {gone("variant", "8", State::kAbsent), gone("product", "1", State::kDeleted, 300)});
  EXPECT_EQ(both[0].webhook_action, Action::kNone);
  EXPECT_EQ(both[1].webhook_action, Action::kDeleted);
}

TEST_F(DifferRules, ATransactionDiffedInPartsTellsOfEachResourceOnce) {
  EXPECT_EQ(diff(100, {live("product", "1", 90, "p")}).at(0).webhook_action, Action::kCreated);
  EXPECT_EQ(diff(100, {variant("7", "1", 90, "a"), variant("8", "2", 90, "a")}).at(0).webhook_action, Action::kNone);
  EXPECT_EQ(diff(100, {variant("9", "2", 90, "a")}).at(0).webhook_action, Action::kNone);
  EXPECT_EQ(diff(100, {live("product", "2", 90, "p")}).at(0).webhook_action, Action::kNone);
  EXPECT_EQ(diff(101, {variant("7", "1", 95, "b")}).at(0).webhook_action, Action::kUpdated) << "another transaction";
  EXPECT_EQ(diff(102, {gone("product", "1", State::kAbsent)}).at(0).webhook_action, Action::kDeleted);
  EXPECT_EQ(diff(102, {gone("variant", "7", State::kAbsent)}).at(0).webhook_action, Action::kNone);
}

TEST_F(DifferRules, WhatWasToldIsForgottenWithItsTransaction) {
  EXPECT_EQ(diff(100, {variant("7", "1", 90, "a")}).at(0).webhook_action, Action::kUpdated);
  differ_.rollback();
  EXPECT_EQ(diff(100, {variant("7", "1", 90, "a")}).at(0).webhook_action, Action::kUpdated) << "diffed again";
  differ_.committed();
  EXPECT_EQ(diff(100, {variant("8", "1", 90, "a")}).at(0).webhook_action, Action::kUpdated);
  const TransactionMeta scheduled{Origin::kSchedule, "t100", at(100), at(101)};
  EXPECT_EQ(differ_.diff(scheduled, std::vector{variant("9", "1", 90, "a")})->at(0).webhook_action, Action::kUpdated) << "another origin";
}

TEST_F(DifferRules, TransactionsOfOneAppendAreComparedWithEachOther) {
  EXPECT_EQ(diff(100, {live("entry", "1", 90, "a")}).size(), 1u);
  EXPECT_TRUE(diff(101, {live("entry", "1", 90, "a")}).empty());
  EXPECT_EQ(diff(102, {gone("entry", "1", State::kAbsent)}).size(), 1u);
  differ_.rollback();
  EXPECT_EQ(diff(103, {live("entry", "1", 90, "a")}).at(0).webhook_action, Action::kCreated);
}

TEST_F(DifferRules, EventIdsAreStableAndDistinct) {
  const auto id = event_id("craft", "0-1-7", {"entry", "42"});
  EXPECT_EQ(event_id("craft", "0-1-7", {"entry", "42"}), id);
  EXPECT_NE(event_id("craft", "0-1-8", {"entry", "42"}), id);
  EXPECT_NE(event_id("craft", "0-1-7", {"entry", "4"}), id);
  EXPECT_NE(event_id("shop", "0-1-7", {"entry", "42"}), id);
}

TEST(SortSnapshot, OrdersByInstantTypeAndNumber) {
  std::vector<Change> changes{change("order", "1", 5), change("entry", "10", 5), change("entry", "9", 5), change("entry", "99", 4)};
  sort_snapshot(changes);
  std::string order;
  for (const auto& one : changes) order += one.key.type.substr(0, 1) + one.key.id + " ";
  EXPECT_EQ(order, "e99 e9 e10 o1 ");
}

}  // namespace
}  // namespace feed
