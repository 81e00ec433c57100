#include "feed/checkpoints.h"

#include "feed/key_schema.h"
#include "tests/feed/log_fixtures.h"

namespace feed {
namespace {
using engine::Errc;

class CheckpointsTest : public ::testing::Test {
 protected:
  CheckpointsTest() { open(); }
  void open() {
    auto opened = Checkpoints::open(store.store());
    ASSERT_TRUE(opened) << opened.error().detail;
    checkpoints = std::move(*opened);
  }
  static Checkpoint report(std::string integration, std::string resource, std::int64_t second) {
    Checkpoint row;
    row.integration = std::move(integration);
    row.resource = std::move(resource);
    row.at = at(second);
    return row;
  }
  RocksLog store;
  std::unique_ptr<Checkpoints> checkpoints;
};

TEST_F(CheckpointsTest, EachIntegrationAndResourceHasOneRowWithItsOwnId) {
  EXPECT_EQ(checkpoints->record(report("b", "entries", 10), at(100))->id, CheckpointId{1});
  EXPECT_EQ(checkpoints->record(report("a", "entries", 20), at(101))->id, CheckpointId{2});
  EXPECT_EQ(checkpoints->record(report("a", "orders", 30), at(102))->id, CheckpointId{3});
  EXPECT_EQ(checkpoints->record(report("b", "entries", 40), at(103))->id, CheckpointId{1});
  const auto rows = checkpoints->list().value();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].resource, "entries");
  EXPECT_EQ(rows[1].resource, "orders");
  EXPECT_EQ(rows[2].integration, "b");
  EXPECT_EQ(checkpoints->list("a").value().size(), 2u);
  EXPECT_EQ(checkpoints->list("a", "orders").value().size(), 1u);
  EXPECT_EQ(checkpoints->list({}, "entries").value().size(), 2u);
  EXPECT_TRUE(checkpoints->list("nobody").value().empty());
}

TEST_F(CheckpointsTest, AnOlderReportReplacesANewerOneAndTheDateOfCreationStays) {
  auto first = report("a", "entries", 500);
  first.cursor = std::string(4096, 'c');
  first.since = at(7);
  first.metadata = R"({"batch":7})";
  const auto stored = checkpoints->record(first, at(600)).value();
  EXPECT_EQ(stored.created, at(600));
  EXPECT_EQ(checkpoints->list().value().at(0), stored);
  const auto again = checkpoints->record(report("a", "entries", 400), at(700)).value();
  EXPECT_EQ(again.created, at(600));
  EXPECT_EQ(again.updated, at(700));
  EXPECT_EQ(again.at, at(400));
  EXPECT_FALSE(again.cursor);
  EXPECT_FALSE(again.since);
  EXPECT_TRUE(again.metadata.empty());
  EXPECT_EQ(checkpoints->list().value(), std::vector{again});
}

TEST_F(CheckpointsTest, RowsAndIdsSurviveAReopening) {
  ASSERT_TRUE(checkpoints->record(report("a", "entries", 1), at(5)));
  const auto second = checkpoints->record(report("a", "orders", 2), at(6)).value();
  checkpoints.reset();
  store.reopen();
  open();
  EXPECT_EQ(checkpoints->record(report("a", "products", 3), at(7))->id, CheckpointId{3});
  EXPECT_EQ(checkpoints->record(report("a", "entries", 4), at(8))->created, at(5));
  EXPECT_EQ(checkpoints->list("a", "orders").value(), std::vector{second});
}

TEST_F(CheckpointsTest, TimesAreWholeSeconds) {
  auto row = report("a", "entries", 1);
  row.at += std::chrono::microseconds(999'999);
  row.since = row.at;
  const auto stored = checkpoints->record(row, at(9) + std::chrono::milliseconds(5)).value();
  EXPECT_EQ(stored.at, at(1));
  EXPECT_EQ(stored.since, at(1));
  EXPECT_EQ(stored.updated, at(9));
}

TEST_F(CheckpointsTest, OneIntegrationCannotFillTheStore) {
  engine::store::Batch batch;
  Checkpoint row = report("greedy", "", 1);
  for (std::size_t i = 1; i <= Checkpoints::kResourcesPerIntegration; ++i) {
    row.id = CheckpointId{i};
    batch.put(store.store().family(kCheckpointsFamily), checkpoint_key("greedy", "r" + std::to_string(i)), encode_checkpoint(row));
  }
  ASSERT_TRUE(store.store().write(batch, engine::store::Durability::kBuffered));
  open();
  const auto refused = checkpoints->record(report("greedy", "one-more", 1), at(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_TRUE(checkpoints->record(report("greedy", "r1", 2), at(2)));
  EXPECT_EQ(checkpoints->record(report("modest", "entries", 1), at(1))->id, CheckpointId{1001});
}

TEST(CheckpointCodec, BytesArePinnedAndDamageIsRefused) {
  Checkpoint row;
  row.id = CheckpointId{300};
  row.integration = "a";
  row.resource = "b";
  row.cursor = "cur";
  row.since = at(1);
  row.at = at(2);
  row.metadata = "{}";
  row.created = at(3);
  row.updated = at(4);
  const auto bytes = encode_checkpoint(row);
  using namespace std::string_literals;
  EXPECT_EQ(bytes.substr(0, 8), "\x01\xac\x02\x03\x03"s + "cur");
  EXPECT_EQ(bytes.size(), 8u + 8 + 8 + 3 + 8 + 8);
  const auto key = checkpoint_key("a", "b");
  EXPECT_EQ(decode_checkpoint(key, bytes).value(), row);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_EQ(decode_checkpoint(key, bytes.substr(0, n)).error().code, Errc::kMalformed) << n;
  EXPECT_EQ(decode_checkpoint(key, bytes + "x").error().code, Errc::kMalformed);
  EXPECT_EQ(decode_checkpoint("no separator", bytes).error().code, Errc::kMalformed);
  EXPECT_EQ(decode_checkpoint(key, "\x02" + bytes.substr(1)).error().code, Errc::kUnsupported);
}

}  // namespace
}  // namespace feed
