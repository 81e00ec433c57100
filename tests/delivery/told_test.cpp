#include "delivery/told.h"

#include <gtest/gtest.h>

#include "delivery/seek_plan.h"
#include "tests/delivery/fleet_stage.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using feed::Action;

feed::Change of_type(const char* type) {
  feed::Change change;
  change.key = {type, "7"};
  change.feed_action = Action::kCreated;
  change.visible = {true, true, false};
  change.parts.list = R"({"id":7,"kind":"image"})";
  change.parts.feed = R"({"id":7,"title":"Cat"})";
  return change;
}

/// "asset/7 created {…}", or "nobody".
std::string what(const feed::Change& change) {
  const std::string record = feed::encode_change(change);
  const auto view = feed::view_change(record).value();
  const auto told = told_of(view);
  if (!told) return "nobody";
  return std::string(told->type) + "/" + std::string(told->id) + " " + std::string(feed::name(told->action)) + " " + std::string(told->snapshot);
}

TEST(Told, WhatHasNoEventOfItsOwnIsToldAsTheFeedShowsIt) {
  auto change = of_type("asset");
  EXPECT_EQ(what(change), R"(asset/7 created {"id":7,"title":"Cat"})");
  change.feed_action = Action::kDeleted;
  change.parts = {};
  EXPECT_EQ(what(change), "asset/7 deleted ");
}

TEST(Told, WhatTheMappingTellsIsToldAsThat) {
  auto change = of_type("entry");
  change.visible.webhook = true;
  change.webhook_action = Action::kUpdated;
  change.parts.webhook = R"({"id":7,"uri":"cat"})";
  EXPECT_EQ(what(change), R"(entry/7 updated {"id":7,"uri":"cat"})");
  change.key.type = "variant";
  change.alias = feed::WebhookAlias{{"product", "3"}};
  EXPECT_EQ(what(change), R"(product/3 updated {"id":7,"uri":"cat"})");
}

TEST(Told, NobodyHearsOfWhatTheContractOrTheFeedKeepsSilent) {
  for (const char* type : {"entry", "order", "product"}) EXPECT_EQ(what(of_type(type)), "nobody") << type;
  auto repeat = of_type("event");  // with an event, but told already in this transaction
  repeat.visible.webhook = true;
  EXPECT_EQ(what(repeat), "nobody");
  auto hidden = of_type("asset");
  hidden.visible.feed = false;
  EXPECT_EQ(what(hidden), "nobody");
  auto first = of_type("asset");
  first.origin = feed::Origin::kSnapshot;
  EXPECT_EQ(what(first), "nobody");
  auto variant = of_type("variant");
  variant.alias = feed::WebhookAlias{{"product", "3"}};
  EXPECT_EQ(what(variant), "nobody");
  auto muted = of_type("event");  // the mapping has an event for the type and not for this one
  muted.parts.webhook = "{}";
  EXPECT_EQ(what(muted), "nobody");
}

TEST(Told, FurtherTypesMayBeNamedAndStandForThemselvesOnly) {
  const std::vector<std::string> further{"asset", "user"};
  const auto types = [&further](std::vector<std::string> given) {
    Subscription wanted;
    wanted.types = std::move(given);
    auto kept = checked(std::move(wanted), further);
    return kept ? kept->types : std::vector<std::string>{kept.error().detail};
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(types({"Asset"}), (Texts{"asset"}));
  EXPECT_EQ(types({"*"}), Texts{});
  EXPECT_EQ(types({"*", "user"}), (Texts{"entry", "order", "product", "user"}));
  EXPECT_EQ(types({"section"}), (Texts{"resourceTypes: \"section\" is none of entry, order, product, asset, user and *"}));
  EXPECT_FALSE(names({}, "asset", Action::kUpdated)) << "none named: the contract's three";
  EXPECT_TRUE(names({}, "order", Action::kUpdated));
}

/// What the receiver at `path` accepted: "asset/7 created".
std::vector<std::string> accepted(const test::FleetStage& stage, const std::string& path) {
  std::vector<std::string> all;
  for (const auto& one : stage.transport.got) {
    if (one.path == path) all.push_back(one.arrival.resource() + " " + one.arrival.action());
  }
  return all;
}

TEST(FleetTold, OnlyWhoNamesATypeOfTheFeedHearsOfIt) {
  using Texts = std::vector<std::string>;
  test::FleetStage stage;
  const InterestTable everything{std::vector<Interest>{}};
  stage.feed_types = {"asset", "user"};
  stage.restart_with_standard(everything);
  stage.make("media", Texts{"asset"});
  stage.make("images", Texts{"asset"}, Texts{"kind=image"});
  stage.make("usual");
  stage.make("both", Texts{"asset", "entry"});
  auto made = of_type("asset"), video = of_type("asset"), user = of_type("user"), gone = of_type("asset");
  video.key.id = "8";
  video.parts.list = R"({"id":8,"kind":"video"})";
  gone.feed_action = Action::kDeleted;
  gone.parts = {};
  std::uint64_t event = 100;
  for (auto* change : {&made, &video, &user, &gone}) change->event_id = feed::EventId{++event};
  stage.append({made, video, user, stage.change("entry/1"), gone});
  stage.run_for(1s);
  EXPECT_EQ(accepted(stage, "/media"), (Texts{"asset/7 created", "asset/8 created", "asset/7 deleted"}));
  EXPECT_EQ(accepted(stage, "/images"), (Texts{"asset/7 created", "asset/7 deleted"})) << "a removal passes every test";
  EXPECT_EQ(accepted(stage, "/both"), (Texts{"asset/7 created", "asset/8 created", "entry/1 updated", "asset/7 deleted"}));
  for (const char* path : {"/usual", "/standard"}) EXPECT_EQ(accepted(stage, path), (Texts{"entry/1 updated"})) << path;
  const auto& first = std::find_if(stage.transport.got.begin(), stage.transport.got.end(), [](const auto& one) { return one.path == "/media"; })->arrival;
  EXPECT_NE(first.body.find(R"("snapshot":{"id":7,"title":"Cat"},"subscriptions":{"mode":"targeted","credentialHandles":["owner-of-media"]})"), std::string::npos) << first.body;
  const auto plan = stage.done(stage.fleet->seek("media", {.offset = feed::Offset{1}, .time = {}}, std::nullopt, stage.me));
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_EQ(plan->deliveries, 3u);
  stage.stop();
}

}  // namespace
}  // namespace delivery
