#include <gtest/gtest.h>

#include "delivery/matcher.h"
#include "engine/base/text_codec.h"
#include "engine/crypto/hmac.h"
#include "tests/delivery/fleet_stage.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using test::answers;
using test::Arrival;
using test::FleetStage;
using Texts = std::vector<std::string>;

const std::string kNews = R"("section":"news")", kBlog = R"("section":"blog")";

TEST(Fleet, AnEndpointIsToldOfWhatItWantsFromItsBeginningOn) {
  FleetStage stage;
  stage.append({stage.change("entry/1", kNews)});
  const auto made = stage.make("news", {"entry"}, {"section=news"});
  EXPECT_TRUE(made.secret.reveal().starts_with("whsec_"));
  stage.append({stage.change("entry/1", kNews), stage.change("entry/2", kBlog), stage.change("order/3", kNews), stage.change("entry/4", kNews)});
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("news"), (Texts{"entry/1#2", "entry/4#1"}));
  const auto& got = stage.transport.got.front().arrival;
  EXPECT_NE(got.body.find(R"("subscriptions":{"mode":"targeted","credentialHandles":["owner-of-news"]})"), got.body.npos);
  engine::crypto::HmacSha256 key{made.secret};
  EXPECT_EQ(got.signature, "sha256=" + engine::to_hex(engine::crypto::bytes_of(key.sign({got.timestamp, ".", got.body}))));
  EXPECT_EQ(stage.stats("news").lag, 0u);
  EXPECT_TRUE(stage.stats("news").follows);
  EXPECT_EQ(stage.stats("news").sequence, 2u);
}

TEST(Fleet, WhatFieldsCannotTellIsDelivered) {
  FleetStage stage;
  stage.make("news", {"entry"}, {"section=news"});
  stage.append({stage.change("entry/9", "", feed::Action::kDeleted)});
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("news"), (Texts{"entry/9#-"}));
}

TEST(Fleet, AQuietEndpointPassesWhatIsNotForItWithoutReadingAndKeepsItsPlace) {
  FleetStage stage;
  stage.make("news", {"entry"}, {"section=news"});
  for (int i = 0; i < 2000; ++i) stage.append({stage.change("entry/" + std::to_string(i), kBlog)});
  stage.run_for(1s);
  EXPECT_EQ(stage.stats("news").cursor, stage.log.high_watermark());
  EXPECT_EQ(stage.stats("news").skipped, 0u) << "the router read, not the endpoint";
  EXPECT_EQ(stage.fleet->oldest_needed(), stage.log.high_watermark());
  stage.run_for(31s);
  stage.crash();
  stage.start();
  EXPECT_EQ(stage.stats("news").cursor, stage.log.high_watermark());
  stage.run_for(1s);
  EXPECT_EQ(stage.stats("news").skipped, 0u) << "a quiet endpoint's place is stored now and then";
}

TEST(Fleet, ASlowEndpointFallsBehindAloneAndMissesNothing) {
  FleetStage stage([](const std::string& path, const Arrival&) { return path == "/slow" ? test::Act{200, {}, 50ms, {}} : answers(200); });
  EndpointEdit one_at_a_time;
  one_at_a_time.concurrency = 1;
  stage.make("slow", one_at_a_time);
  stage.make("quick");
  Texts wanted;
  for (int i = 0; i < 4000; ++i) {
    stage.append({stage.change("entry/" + std::to_string(i))});
    wanted.push_back("entry/" + std::to_string(i) + "#1");
  }
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("quick"), wanted);
  EXPECT_FALSE(stage.stats("slow").follows);
  EXPECT_LT(stage.fleet->oldest_needed(), stage.log.high_watermark());
  stage.run_for(400s);
  EXPECT_EQ(stage.accepted("slow"), wanted);
  EXPECT_TRUE(stage.stats("slow").follows);
}

TEST(Fleet, AChangedSubscriptionAppliesFromItsMomentOn) {
  FleetStage stage;
  stage.make("one", {"entry"}, {"section=news"});
  stage.append({stage.change("entry/1", kNews), stage.change("entry/2", kBlog)});
  stage.run_for(1s);
  EndpointEdit edit;
  edit.where = Texts{"section=blog"};
  ASSERT_TRUE(stage.done(stage.fleet->update("one", edit, stage.me)));
  stage.append({stage.change("entry/1", kNews), stage.change("entry/2", kBlog)});
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("one"), (Texts{"entry/1#1", "entry/2#2"}));
  stage.stop();
  stage.start();
  stage.append({stage.change("entry/2", kBlog)});
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("one").back(), "entry/2#3");
}

TEST(Fleet, GoneDisablesWithAnIncidentAndNothingIsLost) {
  bool gone = true;
  FleetStage stage([&](const std::string&, const Arrival&) { return answers(gone ? 410 : 200); });
  stage.make("one");
  stage.append({stage.change("entry/1"), stage.change("entry/2")});
  stage.run_for(10s);
  EXPECT_EQ(stage.fleet->find("one")->record.state, EndpointState::kDisabled);
  EXPECT_FALSE(stage.fleet->find("one")->running);
  ASSERT_EQ(stage.incidents.open().size(), 1u);
  const auto asked = stage.transport.got.size();
  stage.append({stage.change("entry/3")});
  stage.run_for(1h);
  EXPECT_EQ(stage.transport.got.size(), asked) << "nothing is sent to who is gone";
  EXPECT_EQ(stage.fleet->oldest_needed(), feed::Offset{1});
  gone = false;
  ASSERT_TRUE(stage.done(stage.fleet->resume("one", stage.me)));
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("one"), (Texts{"entry/1#1", "entry/2#1", "entry/3#1"}));
  EXPECT_TRUE(stage.incidents.open().empty());
}

TEST(Fleet, APausedOneAndOneWithoutAnOwnerAreOwedEverything) {
  FleetStage stage;
  stage.make("one");
  stage.make("two");
  ASSERT_TRUE(stage.done(stage.fleet->pause("one", "maintenance", stage.me)));
  stage.unusable.insert("owner-of-two");
  stage.fleet->owners_changed();
  stage.run_for(1s);
  stage.append({stage.change("entry/1")});
  stage.run_for(1h);
  EXPECT_TRUE(stage.transport.got.empty());
  stage.stop();
  stage.start();
  stage.run_for(1s);
  EXPECT_TRUE(stage.transport.got.empty());
  stage.unusable.clear();
  stage.fleet->owners_changed();
  ASSERT_TRUE(stage.done(stage.fleet->resume("one", stage.me)));
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("one"), (Texts{"entry/1#1"}));
  EXPECT_EQ(stage.accepted("two"), (Texts{"entry/1#1"}));
}

TEST(Fleet, SeekTellsWhatItMeansAndWantsThatConfirmed) {
  FleetStage stage;
  stage.make("news", {"entry"}, {"section=news"});
  for (int i = 1; i <= 3; ++i) stage.append({stage.change("entry/1", kNews), stage.change("entry/2", kBlog)});
  stage.run_for(1min);
  const auto half = stage.timers.wall_now();
  stage.append({stage.change("entry/1", kNews)});
  stage.run_for(1s);
  const auto plan = stage.done(stage.fleet->seek("news", {feed::Offset{1}, {}}, {}, stage.me));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->changes, 7u);
  EXPECT_EQ(plan->deliveries, 4u);
  EXPECT_FALSE(plan->forward());
  EXPECT_EQ(stage.done(stage.fleet->seek("news", {feed::Offset{1}, {}}, 3, stage.me)).error().code, engine::Errc::kConflict);
  const auto sent = stage.transport.got.size();
  ASSERT_TRUE(stage.done(stage.fleet->seek("news", {{}, half}, 1, stage.me)));
  stage.run_for(1s);
  ASSERT_EQ(stage.transport.got.size(), sent + 1) << "only what came at or after that time";
  ASSERT_TRUE(stage.done(stage.fleet->seek("news", {feed::Offset{1}, {}}, 4, stage.me)));
  stage.run_for(1s);
  EXPECT_EQ(stage.transport.got.size(), sent + 5);
  EXPECT_EQ(stage.audit->list({.category = "endpoint", .entity_id = "news"}, 10)->front().event.action, "seek");
  EXPECT_EQ(stage.done(stage.fleet->seek("news", {feed::Offset{99}, {}}, {}, stage.me)).error().code, engine::Errc::kMalformed);
}

TEST(Fleet, AnEndpointMovedWhileItRestsStartsThere) {
  FleetStage stage;
  stage.make("one");
  ASSERT_TRUE(stage.done(stage.fleet->pause("one", "", stage.me)));
  for (int i = 1; i <= 5; ++i) stage.append({stage.change("entry/" + std::to_string(i))});
  ASSERT_TRUE(stage.done(stage.fleet->seek("one", {feed::Offset{4}, {}}, 3, stage.me)));
  EXPECT_EQ(stage.stats("one").cursor, feed::Offset{4});
  ASSERT_TRUE(stage.done(stage.fleet->resume("one", stage.me)));
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("one"), (Texts{"entry/4#1", "entry/5#1"}));
}

TEST(Fleet, ASecretEndsWhenItsOverlapIsOver) {
  FleetStage stage;
  stage.make("one");
  const auto rotated = stage.done(stage.fleet->rotate_secret("one", 60s, stage.me));
  ASSERT_TRUE(rotated);
  EXPECT_EQ(rotated->record.secrets.size(), 2u);
  stage.run_for(2min);
  EXPECT_EQ(stage.fleet->find("one")->record.secrets.size(), 1u);
  stage.append({stage.change("entry/1")});
  stage.run_for(1s);
  const auto& got = stage.transport.got.back().arrival;
  engine::crypto::HmacSha256 key{rotated->secret};
  EXPECT_EQ(got.signature, "sha256=" + engine::to_hex(engine::crypto::bytes_of(key.sign({got.timestamp, ".", got.body}))));
}

TEST(Fleet, ARemovedOneIsGoneAndItsNameIsFree) {
  FleetStage stage;
  stage.make("one");
  stage.append({stage.change("entry/1")});
  stage.run_for(1s);
  ASSERT_TRUE(stage.done(stage.fleet->remove("one", stage.me)));
  stage.append({stage.change("entry/2")});
  stage.run_for(1s);
  EXPECT_FALSE(stage.fleet->find("one"));
  EXPECT_EQ(stage.accepted("one"), (Texts{"entry/1#1"}));
  stage.make("one");
  stage.append({stage.change("entry/3")});
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("one"), (Texts{"entry/1#1", "entry/3#1"}));
  EXPECT_EQ(stage.stats("one").sequence, 1u);
}

TEST(Fleet, RefusesWhatCannotBeAndChangesNothing) {
  FleetStage stage;
  const auto refused = [&](EndpointDraft draft, EndpointEdit edit) {
    const auto made = stage.done(stage.fleet->create(std::move(draft), std::move(edit), stage.me));
    return made ? std::string("made") : made.error().detail;
  };
  EndpointEdit edit;
  EXPECT_NE(refused({"One", "bot", "http://receiver.test/", {}}, edit).find("name"), std::string::npos);
  EXPECT_NE(refused({"one", "bot", "ftp://receiver.test/", {}}, edit).find("url"), std::string::npos);
  edit.types = Texts{"asset"};
  EXPECT_NE(refused({"one", "bot", "http://receiver.test/", {}}, edit).find("resourceTypes: \"asset\""), std::string::npos);
  edit = {};
  edit.where = Texts{"price>cheap"};
  EXPECT_NE(refused({"one", "bot", "http://receiver.test/", {}}, edit).find("no number"), std::string::npos);
  edit = {};
  edit.headers = std::vector<engine::net::Header>{{"Host", "elsewhere"}};
  EXPECT_NE(refused({"one", "bot", "http://receiver.test/", {}}, edit).find("headers"), std::string::npos);
  EXPECT_TRUE(stage.fleet->list().empty());
  stage.make("one");
  EXPECT_NE(refused({"one", "bot", "http://receiver.test/", {}}, {}).find("taken"), std::string::npos);
  EXPECT_EQ(stage.done(stage.fleet->pause("two", "", stage.me)).error().code, engine::Errc::kNotFound);
}

TEST(Fleet, TheContractsOwnEndpointStandsBesideTheOthers) {
  FleetStage stage;
  const InterestTable everything{std::vector<Interest>{}};
  stage.restart_with_standard(everything);
  stage.make("news", {"entry"}, {"section=news"});
  stage.append({stage.change("entry/1", kNews), stage.change("entry/2", kBlog)});
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted("standard"), (Texts{"entry/1#1", "entry/2#1"}));
  EXPECT_EQ(stage.accepted("news"), (Texts{"entry/1#1"}));
  EXPECT_EQ(stage.done(stage.fleet->remove("default", stage.me)).error().code, engine::Errc::kConflict);
  stage.stop();
}

// Endpoints, subscriptions, receivers, pauses, restarts and crashes at random: each receives what the model says, in order per resource.
class FleetAtRandom : public ::testing::TestWithParam<unsigned> {};

TEST_P(FleetAtRandom, EachReceivesExactlyWhatItWanted) {
  std::mt19937 random(GetParam());
  const auto pick = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  FleetStage stage([&](const std::string&, const Arrival&) {
    const unsigned dice = pick(20);
    return dice == 0 ? answers(500) : dice == 1 ? test::fails(engine::Errc::kUnavailable) : test::Act{200, {}, std::chrono::milliseconds(pick(20)), {}};
  });
  const std::vector<Texts> tests{{}, {"section=news"}, {"section=blog|news"}, {"section!=news"}, {"price>50"}, {"section=news", "price<50"}, {"section^=b"}, {"price?"}};
  const std::vector<Texts> types{{}, {"entry"}, {"order", "product"}};
  struct Model {
    Subscription wanted;
    std::set<std::string> owed;
  };
  std::map<std::string, Model> models;
  const auto wish = [&] {
    EndpointEdit edit;
    edit.types = types[pick(3)];
    edit.where = tests[pick(static_cast<unsigned>(tests.size()))];
    edit.max_attempts = 20;
    return edit;
  };
  const auto subscription = [](const EndpointEdit& edit) {
    Subscription wanted;
    wanted.types = *edit.types;
    for (const auto& text : *edit.where) wanted.where.push_back(parse_predicate(text).value());
    return wanted;
  };
  for (int i = 0; i < 12; ++i) {
    const auto edit = wish();
    const std::string name = "e" + std::to_string(i);
    stage.make(name, edit);
    models[name].wanted = subscription(edit);
  }
  DocumentFields document;
  for (int step = 0; step < 120; ++step) {
    std::vector<feed::Change> changes;
    for (unsigned n = 1 + pick(40); n > 0; --n) {
      static const char* kTypes[] = {"entry", "order", "product"};
      const std::string fields = pick(4) == 0 ? R"("section":null)" : std::string(R"("section":")") + (pick(2) ? "news" : "blog") + R"(","price":)" + std::to_string(pick(100));
      changes.push_back(stage.change(std::string(kTypes[pick(3)]) + "/" + std::to_string(pick(30)), fields, pick(10) == 0 ? feed::Action::kDeleted : feed::Action::kUpdated));
      const std::string record = feed::encode_change(changes.back());
      const auto view = feed::view_change(record).value();
      document.load(tested_document(view));
      for (auto& [name, model] : models) {
        if (wants(model.wanted, view, document)) model.owed.insert(feed::text(changes.back().event_id));
      }
    }
    stage.append(std::move(changes));
    const std::string name = "e" + std::to_string(pick(12));
    switch (pick(14)) {
      case 0: {
        const auto edit = wish();
        ASSERT_TRUE(stage.done(stage.fleet->update(name, edit, stage.me)));
        models[name].wanted = subscription(edit);
        break;
      }
      case 1: ASSERT_TRUE(stage.done(stage.fleet->pause(name, "", stage.me))); break;
      case 2: ASSERT_TRUE(stage.done(stage.fleet->resume(name, stage.me))); break;
      case 3:
        stage.stop();
        stage.start();
        break;
      case 4:
        stage.crash();
        stage.start();
        break;
      default: stage.run_for(std::chrono::milliseconds(pick(400)));
    }
  }
  for (const auto& [name, model] : models) ASSERT_TRUE(stage.done(stage.fleet->resume(name, stage.me)));
  stage.run_for(4h);
  std::map<std::string, std::set<std::string>> got;
  std::map<std::string, std::map<std::string, int>> last;
  for (const auto& one : stage.transport.got) {
    if (one.arrival.status != 200) continue;
    const std::string name = one.path.substr(1);
    const bool fresh = got[name].insert(one.arrival.event).second;
    if (!fresh || one.arrival.action() == "deleted") continue;
    int& version = last[name][one.arrival.resource()];
    EXPECT_LT(version, one.arrival.version()) << name << " " << one.arrival.resource() << " was overtaken";
    version = one.arrival.version();
  }
  EXPECT_TRUE(stage.letters->list({}, 10)->empty());
  for (const auto& [name, model] : models) {
    EXPECT_EQ(got[name], model.owed) << name;
    EXPECT_GE(stage.stats(name).sequence, model.owed.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FleetAtRandom, ::testing::Range(1u, 9u));

}  // namespace
}  // namespace delivery
