// Attempts as operators look for them over HTTP.
#include "tests/app/admin_desk_stage.h"

namespace {

using namespace std::string_literals;

struct AdminDeliveries : test::AdminDeskStage {
  void attempt(const std::string& endpoint, std::uint64_t event, int status) {
    auto recorder = std::move(attempts.recorder(endpoint).value());
    delivery::AttemptEntry entry;
    entry.event = feed::EventId{event};
    entry.offset = feed::Offset{event};
    entry.at = timers.wall_now();
    entry.latency = std::chrono::microseconds(2500);
    entry.status = status;
    entry.cause = status == 200 ? delivery::Cause::kNone : delivery::Cause::kStatus;
    entry.detail = "no such shop";
    recorder->note(delivery::AttemptEntry(entry), "order\0" + std::to_string(event));
    engine::store::Batch batch;
    recorder->add_to(batch, recorder->take());
    ASSERT_TRUE(store->write(batch, engine::store::Durability::kBuffered));
  }
};

TEST_F(AdminDeliveries, AreFoundByEndpointEventAndFailure) {
  attempt("default", 1, 200);
  attempt("default", 2, 500);
  attempt("crm", 3, 200);
  const auto all = look("/deliveries");
  ASSERT_EQ(all.status, 200) << all.body;
  EXPECT_EQ(at(all, "/meta/count"), "3");
  EXPECT_EQ(at(all, "/meta/next"), "null");
  const auto failed = look("/deliveries?failed=1");
  EXPECT_EQ(at(failed, "/meta/count"), "1");
  EXPECT_EQ(at(failed, "/data/0/status"), "500");
  EXPECT_EQ(at(failed, "/data/0/cause"), "status");
  EXPECT_EQ(at(failed, "/data/0/detail"), "no such shop");
  EXPECT_EQ(at(failed, "/data/0/latencyMs"), "2.5");
  EXPECT_EQ(at(failed, "/data/0/delivered"), "false");
  const auto event = look("/deliveries?eventId=evt_0000000000000003");
  EXPECT_EQ(at(event, "/data/0/endpoint"), "crm");
  EXPECT_EQ(at(event, "/data/0/detail"), "null");
}

TEST_F(AdminDeliveries, PagesGoOnBehindTheirCursor) {
  for (std::uint64_t n = 1; n <= 5; ++n) attempt("default", n, 200);
  const auto first = look("/deliveries?limit=2&endpoint=default");
  EXPECT_EQ(at(first, "/data/0/offset"), "5");
  EXPECT_EQ(at(first, "/meta/complete"), "false");
  const auto second = look("/deliveries?limit=2&endpoint=default&cursor=" + at(first, "/meta/next"));
  EXPECT_EQ(at(second, "/data/0/offset"), "3");
}

TEST_F(AdminDeliveries, WhatIsWrongIsNamed) {
  for (const auto* wrong : {"eventId=7", "cursor=here", "cursor=crm:1&endpoint=default", "failed=perhaps", "since=soon", "endpoints=a"}) {
    const auto refused = look("/deliveries?" + std::string(wrong));
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_NE(refused.body.find(std::string(wrong, std::string_view(wrong).find('='))), std::string::npos) << refused.body;
  }
}

}  // namespace
