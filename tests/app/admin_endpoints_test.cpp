// Endpoints over HTTP: what operators send and are told.
#include "tests/app/admin_desk_stage.h"
#include "tests/app/stage_fleet.h"

namespace {

struct AdminEndpoints : test::AdminDeskStage {
  test::StageFleet stage{*this, *vault, *audit};
  AdminEndpoints() {
    const std::vector operators{app::local_operator(engine::Secret("operator-token"))};
    admin = std::make_unique<app::admin::AdminSurface>(app::admin::AdminRooms{*managed, *audit, timers, pool, {}, {}, &rooms, &stage.rooms}, trust::resolve(gate_config),
                                                       app::operator_sets(operators, {})->admin, admin_limiter);
    asio::co_spawn(loop, stage.fleet->run(), asio::detached);
  }
  ~AdminEndpoints() override {
    stage.fleet->stop();
    for (int i = 0; i < 10; ++i) timers.run_for(loop, std::chrono::seconds(1));
  }
  engine::net::Response make() {
    return act("/endpoints", R"({"name":"news","owner":"bot","url":"http://receiver.test/hook?key=1","resourceTypes":["entry"],"where":["section=news|blog"],
                                 "headers":["X-Shop: north"],"ratePerMinute":600,"burst":5,"maxAttempts":5,"retrySchedule":["5","300"]})");
  }
};

TEST_F(AdminEndpoints, ASecretIsInTheAnswerThatMadeItOnly) {
  const auto made = make();
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_NE(made.body.find(R"("secret":"whsec_)"), std::string::npos) << made.body;
  const auto shown = look("/endpoints/news");
  EXPECT_EQ(shown.body.find("whsec_"), std::string::npos);
  for (const char* part : {R"("owner":"bot")", R"("resourceTypes":["entry"])", R"("where":["section=news|blog"])", R"("headers":["X-Shop"])", R"("ratePerMinute":600)", R"("burst":5)",
                           R"("maxAttempts":5)", R"("retrySchedule":[5,300])", R"("state":"active")", R"("running":true)"}) {
    EXPECT_NE(shown.body.find(part), std::string::npos) << part << " in " << shown.body;
  }
  EXPECT_NE(look("/endpoints").body.find(R"("count":1)"), std::string::npos);
  const auto rotated = act("/endpoints/news/rotate-secret", R"({"overlapSeconds":3600})");
  EXPECT_NE(rotated.body.find(R"("secret":"whsec_)"), std::string::npos);
  const auto rows = audit->list({.category = "endpoint"}, 10).value();
  ASSERT_EQ(rows.size(), 2u);
  for (const auto& row : rows) {
    EXPECT_EQ(row.event.metadata.find("whsec_"), std::string::npos);
    EXPECT_EQ(row.event.metadata.find("key=1"), std::string::npos) << "a URL's query may hold a secret";
  }
}

TEST_F(AdminEndpoints, ErrorsNameTheFieldAndChangeNothing) {
  EXPECT_NE(act("/endpoints", R"({"name":"one","owner":"bot"})").body.find("url"), std::string::npos);
  EXPECT_NE(act("/endpoints", R"({"name":"one","owner":"bot","url":"http://r.test/","where":["section"]})").body.find("where: "), std::string::npos);
  EXPECT_NE(act("/endpoints", R"({"name":"one","owner":"bot","url":"http://r.test/","retrySchedule":["soon"]})").body.find("retrySchedule: "), std::string::npos);
  stage.problem = "owner: there is no live credential bot";
  EXPECT_EQ(make().status, 400);
  EXPECT_NE(look("/endpoints").body.find(R"("count":0)"), std::string::npos);
  EXPECT_EQ(act("/endpoints/news/pause").status, 404);
  EXPECT_TRUE(audit->list({.category = "endpoint"}, 10)->empty());
}

TEST_F(AdminEndpoints, IsChangedPausedMovedAndRemoved) {
  ASSERT_EQ(make().status, 200);
  EXPECT_NE(act("/endpoints/news/update", R"({"where":[],"timeoutSeconds":9})").body.find(R"("where":[])"), std::string::npos);
  EXPECT_NE(act("/endpoints/news/pause", R"({"reason":"maintenance"})").body.find(R"("stateReason":"maintenance")"), std::string::npos);
  const auto counted = act("/endpoints/news/seek", R"({"to":"now"})");
  EXPECT_NE(counted.body.find(R"("done":false)"), std::string::npos) << counted.body;
  EXPECT_NE(act("/endpoints/news/seek", R"({"to":"now","confirm":0})").body.find(R"("done":true)"), std::string::npos);
  EXPECT_NE(act("/endpoints/news/seek", R"({"to":"soon"})").body.find("to: "), std::string::npos);
  EXPECT_NE(act("/endpoints/news/resume").body.find(R"("state":"active")"), std::string::npos);
  EXPECT_EQ(act("/endpoints/news/delete").status, 200);
  EXPECT_EQ(look("/endpoints/news").status, 404);
  EXPECT_EQ(audit->list({.category = "endpoint"}, 10)->size(), 6u);
}

}  // namespace
