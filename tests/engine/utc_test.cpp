#include "engine/base/utc.h"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using engine::parse_rfc3339;
using engine::WallTime;

const WallTime kMoment = WallTime{std::chrono::seconds{1772619072}};

TEST(Utc, WritesSecondsWithZ) { EXPECT_EQ(engine::rfc3339(kMoment + 999999us), "2026-03-04T10:11:12Z"); }
TEST(Utc, WhatWasWrittenLastIsNotWrittenForAnotherSecond) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(engine::rfc3339(kMoment), "2026-03-04T10:11:12Z");
    EXPECT_EQ(engine::rfc3339(kMoment + 1s), "2026-03-04T10:11:13Z");
    EXPECT_EQ(engine::rfc3339(kMoment - 1us), "2026-03-04T10:11:11Z");
    EXPECT_EQ(engine::rfc3339(WallTime{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(engine::rfc3339(WallTime::max()), "9999-12-31T23:59:59Z");
    EXPECT_EQ(engine::rfc3339(WallTime::min()), "0000-01-01T00:00:00Z");
  }
}
TEST(Utc, ReadsEveryZoneAsUtc) {
  EXPECT_EQ(parse_rfc3339("2026-03-04T10:11:12Z"), kMoment);
  EXPECT_EQ(parse_rfc3339("2026-03-04T12:11:12+02:00"), kMoment);
  EXPECT_EQ(parse_rfc3339("2026-03-04T04:41:12.75-05:30"), kMoment);
}
TEST(Utc, RefusesWhatTheContractRefuses) {
  for (const char* bad : {"2026-03-04t10:11:12z", "2026-03-04 10:11:12Z", "2026-03-04T10:11:12", "2026-03-04T10:11Z", "2026-02-30T10:11:12Z",
                          "2026-03-04T24:00:00Z", "2026-03-04T10:11:12.Z", "2026-03-04T10:11:12Zx", "2026-03-04T10:11:12+0200", "", "nonsense"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}
TEST(Utc, DatabaseDatesKeepTheirFraction) {
  EXPECT_EQ(engine::parse_sql_datetime("2026-03-04 10:11:12.000250"), kMoment + 250us);
  EXPECT_EQ(engine::sql_datetime(kMoment + 250us), "2026-03-04 10:11:12.000250");
  EXPECT_EQ(engine::sql_datetime(kMoment), "2026-03-04 10:11:12");
  EXPECT_FALSE(engine::parse_sql_datetime("0000-00-00 00:00:00"));
}
TEST(Utc, HttpDatesRoundTrip) {
  EXPECT_EQ(engine::http_date(kMoment), "Wed, 04 Mar 2026 10:11:12 GMT");
  EXPECT_EQ(engine::parse_http_date("Wed, 04 Mar 2026 10:11:12 GMT"), kMoment);
  EXPECT_FALSE(engine::parse_http_date("Wed, 04 Foo 2026 10:11:12 GMT"));
}

}  // namespace
