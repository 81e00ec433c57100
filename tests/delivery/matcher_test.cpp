#include "delivery/matcher.h"

#include <gtest/gtest.h>

#include <random>

namespace delivery {
namespace {

using Texts = std::vector<std::string>;

feed::Change entry(std::string list) {
  feed::Change change;
  change.key = {"entry", "1"};
  change.webhook_action = feed::Action::kUpdated;
  change.parts.list = std::move(list);
  return change;
}

Subscription wants_that(const Texts& where, Texts types = {}) {
  Subscription wanted;
  wanted.types = std::move(types);
  for (const auto& text : where) wanted.where.push_back(parse_predicate(text).value());
  return wanted;
}

bool one_wants(const Subscription& wanted, const feed::Change& change) {
  const std::string record = feed::encode_change(change);
  const auto view = feed::view_change(record).value();
  DocumentFields document;
  document.load(tested_document(view));
  return wants(wanted, view, document);
}

TEST(Subscription, TestsReadAsTheyAreWritten) {
  for (const char* text : {"section=news|blog", "status!=live", "slug^=sale-", "totalPrice>100", "totalPrice<5.5", "seo.title?"}) {
    EXPECT_EQ(delivery::text(parse_predicate(text).value()), text);
  }
  for (const char* text : {"", "section", "=news", "price>cheap", "price>1|2", "section=", "a!b", "?"}) {
    EXPECT_EQ(parse_predicate(text).error().code, engine::Errc::kMalformed) << text;
  }
}

TEST(Subscription, TestsLookAtTheDocumentAsListsShowIt) {
  const auto change = entry(R"({"section":"news","price":19.5,"tags":["a","b"],"seo":{"title":"Hello"},"live":true,"gone":null})");
  const auto holds = [&](const char* text) { return one_wants(wants_that({text}), change); };
  for (const char* text : {"section=news", "section=blog|news", "section!=blog", "section^=ne", "price>19", "price<20", "price=19.5", "tags=b", "tags!=c", "seo.title=Hello",
                           "live=true", "section?", "gone=null", "absent!=x"}) {
    EXPECT_TRUE(holds(text)) << text;
  }
  for (const char* text : {"section=blog", "section!=news", "section^=ew", "price>19.5", "price<19.5", "tags=c", "tags!=a", "seo=Hello", "seo.title=", "gone?", "absent?", "absent=x", "section>1"}) {
    const auto parsed = parse_predicate(text);
    EXPECT_FALSE(parsed && one_wants(wants_that({text}), change)) << text;
  }
  EXPECT_TRUE(one_wants(wants_that({"section=news", "price>1"}), change));
  EXPECT_FALSE(one_wants(wants_that({"section=news", "price>99"}), change));
}

TEST(Subscription, OneThatWantsAllOfASetHasItEmpty) {
  Subscription wanted;
  wanted.types = {"Order", "entry", "product"};
  wanted.actions = {"*"};
  EXPECT_EQ(checked(wanted).value(), Subscription{});
  wanted.types = {"asset"};
  EXPECT_EQ(checked(wanted).error().detail, "resourceTypes: \"asset\" is none of entry, order, product and *");
}

// Against the plain definition, one subscription at a time.
TEST(Matcher, FindsThoseThatWantTheChangeAndNoOther) {
  std::mt19937 random(7);
  const auto pick = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  const std::vector<Texts> tests{{}, {"section=news"}, {"section=blog|news"}, {"tags=a|b"}, {"price>5"}, {"section!=news", "price<3"}, {"tags=a", "section=news"}, {"absent?"}};
  const std::vector<Texts> types{{}, {"entry"}, {"order", "product"}};
  Matcher matcher;
  std::map<Matcher::Slot, Subscription> all;
  for (int step = 0; step < 2000; ++step) {
    const Matcher::Slot slot = pick(40);
    if (pick(4) == 0) {
      matcher.erase(slot);
      all.erase(slot);
    } else {
      auto wanted = wants_that(tests[pick(8)], types[pick(3)]);
      if (pick(3) == 0) wanted.actions = {"deleted"};
      matcher.put(slot, wanted);
      all[slot] = wanted;
    }
    auto change = entry(std::string(R"({"section":")") + (pick(2) ? "news" : "blog") + R"(","tags":["a","b"],"price":)" + std::to_string(pick(9)) + "}");
    static const char* kTypes[] = {"entry", "order", "product", "asset"};
    change.key.type = kTypes[pick(4)];
    if (pick(5) == 0) {
      change.webhook_action = feed::Action::kDeleted;
      change.parts = {};
    }
    if (pick(9) == 0) change.alias = feed::WebhookAlias{{"product", "7"}};
    if (pick(9) == 0) change.visible.webhook = false;
    const std::string record = feed::encode_change(change);
    std::vector<Matcher::Slot> matched, wanted;
    matcher.match(feed::view_change(record).value(), matched);
    for (const auto& [at, subscription] : all) {
      if (change.visible.webhook && one_wants(subscription, change)) wanted.push_back(at);
    }
    ASSERT_EQ(matched, wanted) << step;
  }
}

}  // namespace
}  // namespace delivery
