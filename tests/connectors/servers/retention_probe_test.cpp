// What a real MariaDB says about how long it keeps its binary log.
#include "connectors/mariadb/retention_probe.h"

#include <gtest/gtest.h>

#include "tests/support/mariadb_server.h"

namespace {

connectors::MariaDbOptions options(const test::MariaDbServer& server) {
  connectors::MariaDbOptions o;
  o.socket = server.socket();
  o.user = "root";
  o.database = "mysql";
  return o;
}

TEST(RetentionProbe, TellsWhatTheServerKeepsAndRemembersItWhileItIsAway) {
  test::MariaDbServer server;
  server.execute("SET GLOBAL binlog_expire_logs_seconds = 432000");
  connectors::RetentionProbe probe(options(server));
  EXPECT_FALSE(probe.latest().known);
  auto asked = probe.refresh();
  ASSERT_TRUE(asked) << asked.error().detail;
  EXPECT_TRUE(probe.latest().known);
  EXPECT_EQ(probe.latest().age, std::chrono::hours(5 * 24));
  ASSERT_TRUE(probe.latest().bytes);
  EXPECT_GT(*probe.latest().bytes, 0u);

  server.execute("SET GLOBAL binlog_expire_logs_seconds = 0");
  ASSERT_TRUE(probe.refresh());
  EXPECT_EQ(probe.latest().age.count(), 0);

  server.stop();
  asked = probe.refresh();
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, engine::Errc::kUnavailable);
  EXPECT_TRUE(probe.latest().known);
  probe.stop();
  EXPECT_FALSE(probe.refresh());
}

TEST(RetentionProbe, AUserWithoutThePrivilegeSeesNoBytes) {
  test::MariaDbServer server;
  server.execute("CREATE USER 'reader'@'localhost'");
  auto o = options(server);
  o.user = "reader";
  o.database = "information_schema";
  connectors::RetentionProbe probe(o);
  const auto asked = probe.refresh();
  ASSERT_TRUE(asked) << asked.error().detail;
  EXPECT_TRUE(probe.latest().known);
  EXPECT_FALSE(probe.latest().bytes);
}

}  // namespace
