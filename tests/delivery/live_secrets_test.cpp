#include "delivery/live_secrets.h"

#include <gtest/gtest.h>

#include "tests/delivery/fleet_stage.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

std::vector<engine::Secret> secrets(std::initializer_list<const char*> texts) {
  std::vector<engine::Secret> all;
  for (const char* text : texts) all.emplace_back(text);
  return all;
}

TEST(LiveSecrets, AreFoundWhereverTheyStandAndAsLongAsSomebodyHoldsThem) {
  LiveSecrets known;
  auto first = known.hold(secrets({"whsec_AAAABBBBCCCC", "my own words of some length"}));
  {
    const auto second = known.hold(secrets({"whsec_AAAABBBBCCCC"}));
    EXPECT_EQ(known.redact("bad key whsec_AAAABBBBCCCC!"), "bad key whsec_[redacted]!");
  }
  EXPECT_EQ(known.redact("AAAABBBBCCCC AAAABBBBCCCCmy own words of some length"), "[redacted] [redacted][redacted]");
  EXPECT_EQ(known.redact("AAAABBBBxxxx whsec_ my own words"), "AAAABBBBxxxx whsec_ [redacted]") << "what the end cuts off may be the rest of one";
  EXPECT_EQ(known.redact("AAAA"), "AAAA");
  first = {};
  EXPECT_EQ(known.redact("whsec_AAAABBBBCCCC"), "whsec_AAAABBBBCCCC") << "no longer live";
}

TEST(LiveSecrets, AreFoundAsJsonAndUrlsWriteThem) {
  LiveSecrets known;
  const auto hold = known.hold(secrets({"whsec_AAAABBBB/CC+C="}));
  EXPECT_EQ(known.redact(R"({"key":"whsec_AAAABBBB\/CC+C="})"), R"({"key":"whsec_[redacted]"})");
  EXPECT_EQ(known.redact("?key=whsec_AAAABBBB%2FCC%2BC%3D"), "?key=whsec_[redacted]");
  EXPECT_EQ(known.redact("?key=whsec_AAAABBBB%2fCC%2bC%3d"), "?key=whsec_[redacted]");
}

TEST(LiveSecrets, ASeedAloneIsAsSecretAsTheKeyThatHoldsIt) {
  LiveSecrets known;
  const std::string seed(42, 'S');
  const auto hold = known.hold(secrets({("whsk_" + seed + "PPPPPPPPPP").c_str()}));
  EXPECT_EQ(known.redact(seed + "PPPPPPPPPP"), "[redacted]");
  EXPECT_EQ(known.redact(seed + "=="), "[redacted]==");
}

struct EchoStage : test::FleetStage {
  EchoStage() : test::FleetStage([this](const std::string&, const test::Arrival&) { return test::Act{400, {}, {}, {}, "{\"received\":\"" + echo + "\"}"}; }) {}
  std::string logged() {
    std::vector<AttemptEntry> entries;
    EXPECT_TRUE(attempts->find({}, {}, 100, entries));
    std::string all;
    for (const auto& entry : entries) all += entry.detail + "\n";
    return all;
  }
  std::string echo;
};

TEST(FleetSecrets, WhatAReceiverEchoesOfASecretMadeAtRunTimeIsNeverKept) {
  EchoStage stage;
  EndpointEdit edit;
  edit.asymmetric = true;
  const auto made = stage.make("one", std::move(edit));
  const auto keys = stage.book->keys(made.record).value();
  ASSERT_FALSE(keys.signing_key.empty());
  stage.make("two");
  const auto tell = [&stage](const engine::Secret& secret, const std::string& resource) {
    stage.echo = secret.reveal();
    stage.append({stage.change(resource)});
    stage.run_for(10min);
  };
  tell(made.secret, "entry/1");
  tell(keys.signing_key, "entry/2");
  const auto rotated = stage.done(stage.fleet->rotate_secret("one", 24h, stage.me));
  ASSERT_TRUE(rotated);
  tell(rotated->secret, "entry/3");
  tell(made.secret, "entry/4");
  const auto log = stage.logged();
  for (const auto* secret : {&made.secret, &rotated->secret, &keys.signing_key}) {
    EXPECT_EQ(log.find(secret->reveal().substr(6)), log.npos);
    EXPECT_EQ(log.find(secret->reveal().substr(6, 20)), log.npos);
  }
  EXPECT_NE(log.find("{\"received\":\"whsec_[redacted]\"}"), log.npos) << log;

  ASSERT_TRUE(stage.done(stage.fleet->pause("one", "", stage.me)));
  tell(made.secret, "entry/5");  // the other one's receiver says it
  EXPECT_EQ(stage.logged().find(made.secret.reveal().substr(6)), log.npos) << "whose endpoint is paused";
  EXPECT_EQ(stage.live_secrets.redact(made.secret.reveal()), "whsec_[redacted]");
  ASSERT_TRUE(stage.done(stage.fleet->remove("one", stage.me)));
  EXPECT_EQ(stage.live_secrets.redact(made.secret.reveal()), made.secret.reveal()) << "it is no longer live";
}

TEST(FleetSecrets, AreKnownAfterAStartAndForgottenWhenTheirTimeIsOver) {
  EchoStage stage;
  const auto made = stage.make("one");
  ASSERT_TRUE(stage.done(stage.fleet->pause("one", "", stage.me)));
  stage.crash();
  stage.start();
  EXPECT_EQ(stage.live_secrets.redact(made.secret.reveal()), "whsec_[redacted]");
  ASSERT_TRUE(stage.done(stage.fleet->resume("one", stage.me)));
  ASSERT_TRUE(stage.done(stage.fleet->rotate_secret("one", 60s, stage.me)));
  EXPECT_EQ(stage.live_secrets.redact(made.secret.reveal()), "whsec_[redacted]") << "it signs beside the new one";
  stage.run_for(2min);
  EXPECT_EQ(stage.live_secrets.redact(made.secret.reveal()), made.secret.reveal());
}

}  // namespace
}  // namespace delivery
