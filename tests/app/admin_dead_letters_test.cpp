// Dead letters as operators see them over HTTP.
#include "tests/app/admin_desk_stage.h"

namespace {

using AdminDeadLetters = test::AdminDeskStage;
using delivery::Cause;

TEST_F(AdminDeadLetters, AListIsFilteredAndPagedByItsCursor) {
  for (int i = 0; i < 5; ++i) bury(i % 2 ? "crm" : "default", "entry");
  const auto first = look("/dead-letters?endpoint=default&limit=2");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(at(first, "/data/0/id"), "5");
  EXPECT_EQ(at(first, "/data/1/id"), "3");
  EXPECT_EQ(at(first, "/data/0/payload"), "absent");
  EXPECT_EQ(at(first, "/data/0/cause"), "status");
  EXPECT_EQ(at(first, "/meta/complete"), "false");
  const auto second = look("/dead-letters?endpoint=default&limit=2&cursor=" + at(first, "/meta/next"));
  EXPECT_EQ(at(second, "/data/0/id"), "1");
  EXPECT_EQ(at(second, "/data/1"), "absent");
  EXPECT_EQ(at(second, "/meta/complete"), "true");
  EXPECT_EQ(at(second, "/meta/next"), "null");
}

TEST_F(AdminDeadLetters, CountAndGroupsTakeTheSameFilter) {
  bury("default", "entry");
  bury("default", "order", Cause::kTimedOut);
  bury("default", "order", Cause::kTimedOut);
  EXPECT_EQ(at(look("/dead-letters/count"), "/data/count"), "3");
  EXPECT_EQ(at(look("/dead-letters/count?cause=timed_out&status=failed"), "/data/count"), "2");
  const auto groups = look("/dead-letters/groups");
  EXPECT_EQ(at(groups, "/meta/count"), "2");
  EXPECT_EQ(at(groups, "/data/1/cause"), "timed_out");
  EXPECT_EQ(at(groups, "/data/1/count"), "2");
  EXPECT_EQ(at(groups, "/data/1/sample"), "3");
  EXPECT_EQ(at(look("/dead-letters/groups?by=resourceType&resourceType=entry"), "/data/0/resourceType"), "entry");
}

TEST_F(AdminDeadLetters, OneIsShownWithItsPayload) {
  bury("default", "entry");
  const auto shown = look("/dead-letters/1");
  EXPECT_EQ(at(shown, "/data/payload/n"), "1");
  EXPECT_EQ(at(shown, "/data/attempts"), "3");
  EXPECT_EQ(look("/dead-letters/2").status, 404);
  EXPECT_EQ(look("/dead-letters/first").status, 404);
}

TEST_F(AdminDeadLetters, WhatIsWrongIsNamedAndNothingIsAnswered) {
  bury("default", "entry");
  for (const auto* wrong : {"cause=bored", "status=lost", "action=moved", "since=yesterday", "limit=0", "cursor=x"}) {
    const auto refused = look("/dead-letters?" + std::string(wrong));
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_NE(refused.body.find(std::string(wrong, std::string_view(wrong).find('='))), std::string::npos) << refused.body;
  }
  const auto typing_error = look("/dead-letters/count?cuase=status");
  EXPECT_EQ(typing_error.status, 400);
  EXPECT_NE(typing_error.body.find("cuase"), std::string::npos);
  EXPECT_NE(typing_error.body.find("cause"), std::string::npos) << "and what it may have meant";
}

TEST_F(AdminDeadLetters, AReplayIsQueuedHandedOverAndAudited) {
  bury("crm", "entry");
  const auto asked = act("/dead-letters/1/replay");
  ASSERT_EQ(asked.status, 200) << asked.body;
  EXPECT_EQ(at(asked, "/data/status"), "queued");
  EXPECT_EQ(sent, (std::vector<std::pair<std::string, std::uint64_t>>{{"crm", 1}}));
  const auto rows = audit->list({.category = "delivery.replay"}, 10).value();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].event.actor.id, "cp:local");
  EXPECT_EQ(rows[0].event.entity_id, "1");
  EXPECT_EQ(act("/dead-letters/1/replay").status, 200);
  EXPECT_EQ(audit->list({.category = "delivery.replay"}, 10).value().size(), 1u) << "it was queued already: nothing was done";
  EXPECT_EQ(act("/dead-letters/9/replay").status, 404);
}

TEST_F(AdminDeadLetters, WhatCannotBeSentIsRefusedWithTheReason) {
  bury("default", "log", Cause::kLost);
  const auto refused = act("/dead-letters/1/replay");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("no payload"), std::string::npos);
  EXPECT_TRUE(sent.empty());
}

}  // namespace
