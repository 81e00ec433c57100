// Replay jobs as operators start and steer them over HTTP.
#include "tests/app/admin_desk_stage.h"

namespace {

using AdminReplays = test::AdminDeskStage;

TEST_F(AdminReplays, CountThenConfirmThenWatch) {
  for (int i = 0; i < 3; ++i) bury("default", i ? "entry" : "order");
  const auto counted = act("/replays/count", R"({"source":"dead-letters","resourceType":"entry"})");
  ASSERT_EQ(counted.status, 200) << counted.body;
  EXPECT_EQ(at(counted, "/data/count"), "2");
  EXPECT_EQ(at(counted, "/data/selection/status"), "failed");
  const auto made = act("/replays", R"({"source":"dead-letters","resourceType":"entry","expect":2,"ratePerSecond":5,"reason":"mended"})");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(at(made, "/data/id"), "1");
  EXPECT_EQ(at(made, "/data/state"), "running");
  EXPECT_EQ(at(made, "/data/total"), "2");
  EXPECT_EQ(at(made, "/data/createdBy"), "cp:local");
  EXPECT_EQ(at(made, "/data/reason"), "mended");
  EXPECT_EQ(at(look("/replays"), "/meta/count"), "1");
  EXPECT_EQ(at(act("/replays/1/pause"), "/data/state"), "paused");
  EXPECT_EQ(at(act("/replays/1/resume"), "/data/state"), "running");
  EXPECT_EQ(at(act("/replays/1/cancel"), "/data/state"), "cancelled");
  EXPECT_EQ(act("/replays/1/resume").status, 400);
  EXPECT_EQ(at(look("/replays/1"), "/data/state"), "cancelled");
  const auto rows = audit->list({.category = "delivery.replay_job"}, 10).value();
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[3].event.action, "create");
  EXPECT_EQ(rows[3].event.actor.id, "cp:local");
  EXPECT_NE(rows[3].event.metadata.find(R"("resourceType":"entry")"), std::string::npos) << rows[3].event.metadata;
}

TEST_F(AdminReplays, WithoutTheRightNumberNothingStarts) {
  bury("default", "entry");
  const auto unconfirmed = act("/replays", R"({"source":"dead-letters"})");
  EXPECT_EQ(unconfirmed.status, 400);
  EXPECT_NE(unconfirmed.body.find("`expect`"), std::string::npos);
  EXPECT_NE(unconfirmed.body.find("1 match now"), std::string::npos) << unconfirmed.body;
  const auto wrong = act("/replays", R"({"source":"dead-letters","expect":7})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(wrong.body.find("1 match now"), std::string::npos) << wrong.body;
  EXPECT_EQ(at(look("/replays"), "/data"), "[]");
  EXPECT_EQ(audit->count(), 0u);
}

TEST_F(AdminReplays, HistoryIsSelectedByOffsetOrTime) {
  std::vector<feed::Change> changes;
  for (int i = 1; i <= 5; ++i) {
    changes.push_back(test::change("entry", std::to_string(i), "t"));
    changes.back().webhook_action = feed::Action::kUpdated;
    changes.back().event_id = feed::EventId{static_cast<std::uint64_t>(i)};
    changes.back().parts.webhook = "{}";
    changes.back().appended_at = timers.wall_now();
  }
  append(changes);
  const auto counted = act("/replays/count", R"({"source":"history","endpoint":"default","fromOffset":2,"endOffset":4})");
  EXPECT_EQ(at(counted, "/data/count"), "2") << counted.body;
  const auto since = act("/replays/count", R"({"source":"history","endpoint":"default","since":"2026-03-04T09:00:00Z"})");
  EXPECT_EQ(at(since, "/data/count"), "5") << since.body;
  EXPECT_EQ(at(since, "/data/selection/fromOffset"), "1");
  EXPECT_EQ(at(since, "/data/selection/endOffset"), "6");
}

TEST_F(AdminReplays, WhatIsWrongIsNamed) {
  bury("default", "entry");
  const std::pair<const char*, const char*> wrong[] = {
      {R"({})", "source"},
      {R"({"source":"everything"})", "source"},
      {R"({"source":"ids"})", "ids"},
      {R"({"source":"ids","ids":["first"]})", "ids"},
      {R"({"source":"ids","ids":7})", "ids"},
      {R"({"source":"ids","ids":[7]})", "no dead letter 7"},
      {R"({"source":"ids","ids":[1],"cause":"status"})", "cause"},
      {R"({"source":"dead-letters","fromOffset":1})", "fromOffset"},
      {R"({"source":"dead-letters","cuase":"status"})", "cuase"},
      {R"({"source":"history","endpoint":"nobody","fromOffset":1})", "endpoint"},
      {R"({"source":"history","endpoint":"default"})", "fromOffset"},
      {R"({"source":"history","endpoint":"default","fromOffset":0})", "fromOffset"},
  };
  for (const auto& [body, field] : wrong) {
    const auto refused = act("/replays/count", body);
    EXPECT_EQ(refused.status, 400) << body << refused.body;
    EXPECT_NE(refused.body.find(field), std::string::npos) << body << refused.body;
  }
  EXPECT_EQ(act("/replays", R"({"source":"ids","ids":[1],"expect":1,"ratePerSecond":0})").status, 400);
  EXPECT_EQ(look("/replays/9").status, 404);
  EXPECT_EQ(act("/replays/x/pause").status, 404);
}

}  // namespace
