#include "engine/net/validation.h"

#include <gtest/gtest.h>

namespace {

using engine::net::Arguments;
using engine::net::Parameter;
using engine::net::ParameterType;

bool digits_only(std::string_view text) { return text.find_first_not_of("0123456789") == text.npos; }

const std::vector<Parameter>& sample() {
  static const std::vector<Parameter> kParameters{
      {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 200, .default_integer = 50},
      {.name = "days", .type = ParameterType::kInteger, .min = 0},
      {.name = "stock", .type = ParameterType::kBoolean},
      {.name = "status", .type = ParameterType::kEnum, .values = {"live", "pending", "all"}, .aliases = {{"any", "all"}}, .default_text = "live"},
      {.name = "code", .type = ParameterType::kPattern, .pattern = "^[0-9]+$", .accepts = digits_only},
      {.name = "clamped", .type = ParameterType::kInteger, .min = 1, .max = 500, .default_integer = 100, .lenient = true},
      {.name = "about", .type = ParameterType::kTimestamp, .lenient = true},
      {.name = "tags", .type = ParameterType::kList},
      {.name = "since", .type = ParameterType::kTimestamp, .late = true, .ignored_with = "cursor"},
      {.name = "until", .type = ParameterType::kTimestamp, .late = true},
      {.name = "cursor", .late = true},
  };
  return kParameters;
}

struct Checked {
  Arguments arguments{sample()};
  std::vector<std::string> problems;
};

Checked check(std::string_view query) {
  Checked checked;
  checked.problems = engine::net::validate(sample(), engine::net::sent_in_query(query), checked.arguments);
  return checked;
}

struct Bad {
  std::string_view name, query, message;
};
class Validation : public ::testing::TestWithParam<Bad> {};

TEST_P(Validation, RefusesWithTheContractsMessage) {
  const auto checked = check(GetParam().query);
  ASSERT_EQ(checked.problems.size(), 1u) << GetParam().query;
  EXPECT_EQ(checked.problems.front(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Messages, Validation,
    ::testing::Values(
        Bad{"NotAnInteger", "limit=abc", "Invalid `limit`; expected integer value."},
        Bad{"PlusSign", "limit=%2B5", "Invalid `limit`; expected integer value."},
        Bad{"Decimal", "limit=5.0", "Invalid `limit`; expected integer value."},
        Bad{"IntegerArray", "limit[]=5", "Invalid `limit`; expected integer value."},
        Bad{"TooSmall", "limit=0", "Invalid `limit`; expected integer between 1 and 200."},
        Bad{"TooLarge", "limit=201", "Invalid `limit`; expected integer between 1 and 200."},
        Bad{"AbsurdlyLarge", "limit=99999999999999999999999999", "Invalid `limit`; expected integer between 1 and 200."},
        Bad{"BelowAnOpenRange", "days=-1", "Invalid `days`; expected integer >= 0."},
        Bad{"Boolean", "stock=maybe", "Invalid `stock`; expected boolean value (`1|0|true|false|yes|no|on|off`)."},
        Bad{"Enum", "status=Nope", "Invalid `status` value `Nope`. Allowed values: live, pending, all, any."},
        Bad{"EnumArray", "status[]=live", "Invalid `status`; expected scalar value."},
        Bad{"Pattern", "code=a1", "Invalid `code`; allowed characters are letters, digits, `.`, `_`, and `-`."},
        Bad{"Timestamp", "since=yesterday", "Invalid `since`; expected RFC3339 timestamp."},
        Bad{"LowerCaseTimestamp", "since=2026-01-02t03:04:05z", "Invalid `since`; expected RFC3339 timestamp."},
        Bad{"FirstLateProblemOnly", "since=x&until=y", "Invalid `since`; expected RFC3339 timestamp."},
        Bad{"LateOnesWait", "until=y&limit=x", "Invalid `limit`; expected integer value."}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ValidationOrder, ListsEveryProblemInDeclaredOrder) {
  const auto checked = check("code=%20x%20&status=nope&limit=0&stock=2");
  ASSERT_EQ(checked.problems.size(), 4u);
  EXPECT_NE(checked.problems[0].find("`limit`"), std::string::npos);
  EXPECT_NE(checked.problems[1].find("`stock`"), std::string::npos);
  EXPECT_NE(checked.problems[2].find("`status`"), std::string::npos);
  EXPECT_NE(checked.problems[3].find("`code`"), std::string::npos);
}

TEST(ValidationValues, TrimsAndTypesThem) {
  const auto checked = check("limit=+007+&stock=YES&status=ANY&since=2026-03-04T10:11:12.9%2B01:00&tags=a,b+c");
  ASSERT_TRUE(checked.problems.empty()) << checked.problems.front();
  EXPECT_EQ(checked.arguments.integer("limit"), 7);
  EXPECT_EQ(checked.arguments.boolean("stock"), true);
  EXPECT_EQ(checked.arguments.text("status"), "all");
  EXPECT_EQ(engine::rfc3339(*checked.arguments.instant("since")), "2026-03-04T09:11:12Z");
  EXPECT_EQ(checked.arguments.list("tags"), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(ValidationValues, EmptyCountsAsNotGiven) {
  const auto checked = check("limit=&status=%20&since=&code=");
  ASSERT_TRUE(checked.problems.empty());
  EXPECT_EQ(checked.arguments.integer("limit"), 50);
  EXPECT_EQ(checked.arguments.text("status"), "live");
  EXPECT_FALSE(checked.arguments.given("limit"));
  EXPECT_EQ(checked.arguments.instant("since"), std::nullopt);
}

TEST(ValidationValues, TheLastOfARepeatedParameterWins) { EXPECT_EQ(check("limit=x&limit=9").arguments.integer("limit"), 9); }

TEST(ValidationValues, BracketsCollectAList) {
  EXPECT_EQ(check("tags[]=a&tags[]=b").arguments.list("tags"), (std::vector<std::string>{"a", "b"}));
}

TEST(ValidationValues, LenientIntegersAreClampedAndNeverRefused) {
  EXPECT_EQ(check("clamped=501").arguments.integer("clamped"), 500);
  EXPECT_EQ(check("clamped=0").arguments.integer("clamped"), 100);
  EXPECT_EQ(check("clamped=abc").arguments.integer("clamped"), 100);
  EXPECT_EQ(check("clamped[]=7").arguments.integer("clamped"), 100);
  EXPECT_EQ(check("clamped=7").arguments.integer("clamped"), 7);
}

TEST(ValidationValues, AParameterIgnoredWithAnotherIsNotChecked) {
  const auto checked = check("since=nonsense&cursor=abc");
  EXPECT_TRUE(checked.problems.empty());
  EXPECT_EQ(checked.arguments.instant("since"), std::nullopt);
}

TEST(Body, MembersOfAnObjectBecomeTexts) {
  const auto sent = engine::net::sent_in_body(R"({"id":42,"mode":"all","flag":true,"none":null,"list":[1,2]})");
  ASSERT_TRUE(sent);
  ASSERT_EQ(sent->size(), 5u);
  EXPECT_EQ((*sent)[0].text, "42");
  EXPECT_EQ((*sent)[1].text, "all");
  EXPECT_EQ((*sent)[2].text, "true");
  EXPECT_EQ((*sent)[3].text, "");
  EXPECT_TRUE((*sent)[4].array);
}

TEST(Body, OtherJsonHasNoMembersAndGarbageIsRefused) {
  EXPECT_TRUE(engine::net::sent_in_body("[1]")->empty());
  for (const auto* bad : {"", "{bad json", "{\"a\":1", "id=7", "\xff\xfe"}) {
    EXPECT_EQ(engine::net::sent_in_body(bad).error().code, engine::Errc::kMalformed) << bad;
  }
}

TEST(Validation, ALenientTimestampIsHandedOverAsSent) {
  const auto checked = check("about=yesterday");
  EXPECT_TRUE(checked.problems.empty());
  EXPECT_EQ(checked.arguments.text("about"), "yesterday");
}

}  // namespace
