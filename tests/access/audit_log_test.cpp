#include <thread>

#include "access/audit/denial_audit.h"
#include "engine/base/text_codec.h"
#include "tests/access/trust_stage.h"

namespace {

using trust::AuditEvent;
using trust::AuditFilter;
using trust::AuditId;

struct AuditLogTest : test::TrustStage {
  AuditEvent event(std::string category, std::string action = "do", std::string actor = "cp:ada") {
    AuditEvent e;
    e.category = std::move(category);
    e.action = std::move(action);
    e.actor = {"cp-user", std::move(actor), "r-1", "192.0.2.7"};
    e.entity_type = "thing";
    e.entity_id = "7";
    e.summary = "did it";
    e.metadata = R"({"a":1})";
    return e;
  }
  void write(std::string_view key, std::string_view value) {
    engine::store::Batch batch;
    batch.put(store->family(trust::kAuditFamily), key, value);
    ASSERT_TRUE(store->write(batch, engine::store::Durability::kSynced));
  }
  std::string stored(std::uint64_t id) { return **store->get(store->family(trust::kAuditFamily), trust::numbered_key({}, id)); }
};

TEST_F(AuditLogTest, RowsAreDenseNewestFirstAndSurviveARestart) {
  for (const auto* category : {"a", "b", "a"}) ASSERT_TRUE(audit->append(event(category)));
  reopen();
  EXPECT_EQ(audit->append(event("b"))->id, AuditId{4});
  EXPECT_EQ(audit->count(), 4u);
  const auto all = audit->list({}, 10);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 4u);
  EXPECT_EQ(all->front().id, AuditId{4});
  EXPECT_EQ(all->back().event.actor.id, "cp:ada");
  EXPECT_EQ(all->back().event.metadata, R"({"a":1})");
  EXPECT_EQ(audit->list({.category = "a"}, 10)->size(), 2u);
  EXPECT_EQ(audit->list({.category = "a"}, 1)->front().id, AuditId{3});
  EXPECT_EQ(audit->list({.actor_id = "nobody"}, 10)->size(), 0u);
  EXPECT_EQ(audit->list({.before = AuditId{3}}, 10)->front().id, AuditId{2});
  EXPECT_TRUE(audit->verify()->holds());
}

TEST_F(AuditLogTest, AnEmptyLogHolds) {
  EXPECT_TRUE(audit->verify()->holds());
  EXPECT_EQ(audit->verify()->rows, 0u);
  EXPECT_TRUE(audit->list({}, 5)->empty());
}

TEST_F(AuditLogTest, AChangedRowIsFoundWhereverItIs) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(audit->append(event("a")));
  const auto good = stored(3);
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write(trust::numbered_key({}, 3), bad);
    const auto verdict = audit->verify();
    ASSERT_TRUE(verdict);
    ASSERT_FALSE(verdict->holds()) << "byte " << at;
    EXPECT_EQ(verdict->broken, AuditId{3}) << "byte " << at;
  }
  write(trust::numbered_key({}, 3), good);
  EXPECT_TRUE(audit->verify()->holds());
}

TEST_F(AuditLogTest, AMissingRowAnExchangedRowAndAForgedOneAreFound) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(audit->append(event("a", std::to_string(i))));
  const auto second = stored(2), third = stored(3);
  engine::store::Batch batch;
  batch.erase(store->family(trust::kAuditFamily), trust::numbered_key({}, 2));
  ASSERT_TRUE(store->write(batch, engine::store::Durability::kSynced));
  EXPECT_EQ(audit->verify()->problem, "row 2 is missing");
  write(trust::numbered_key({}, 2), third);
  EXPECT_FALSE(audit->verify()->holds());
  write(trust::numbered_key({}, 2), second);
  EXPECT_TRUE(audit->verify()->holds());
  auto forged = trust::decode_stored(AuditId{4}, stored(4)).value();
  forged.event.summary = "did nothing";  // whoever lacks the key cannot make its mac
  write(trust::numbered_key({}, 4), encode_stored(forged));
  EXPECT_EQ(audit->verify()->broken, AuditId{4});
}

TEST_F(AuditLogTest, ACutLogShowsAgainstItsHead) {
  ASSERT_TRUE(audit->append(event("a")));
  ASSERT_TRUE(audit->append(event("b")));
  const auto head = audit->verify()->head;
  engine::store::Batch batch;
  batch.erase(store->family(trust::kAuditFamily), trust::numbered_key({}, 2));
  ASSERT_TRUE(store->write(batch, engine::store::Durability::kSynced));
  EXPECT_TRUE(audit->verify()->holds());
  EXPECT_NE(audit->verify()->head, head);
}

TEST_F(AuditLogTest, AChangeAndItsRowAreOneWrite) {
  engine::store::Batch change;
  change.put(store->family(trust::kControlFamily), "k", "v");
  const auto row = audit->commit(change, event("control.policy"));
  ASSERT_TRUE(row);
  EXPECT_EQ(**store->get(store->family(trust::kControlFamily), "k"), "v");
  EXPECT_EQ(audit->list({}, 1)->front().id, row->id);
}

TEST_F(AuditLogTest, LongTextsAreCutAtACharacter) {
  auto e = event(std::string(100, 'c'));
  e.summary = std::string(254, 'x') + "\xc3\xa4";  // the two bytes of one letter would end at 256
  const auto row = audit->append(std::move(e));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->event.category.size(), 64u);
  EXPECT_EQ(row->event.summary, std::string(254, 'x'));
}

TEST_F(AuditLogTest, TheChainHoldsUnderConcurrentWriters) {
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([this, w] {
      for (int i = 0; i < 25; ++i) EXPECT_TRUE(audit->append(event("w" + std::to_string(w))));
    });
  }
  for (auto& writer : writers) writer.join();
  const auto verdict = audit->verify();
  EXPECT_TRUE(verdict->holds()) << verdict->problem;
  EXPECT_EQ(verdict->rows, 100u);
}

TEST_F(AuditLogTest, AFloodOfRefusalsIsOneRowWithItsNumber) {
  trust::DenialAudit denials(*audit);
  for (int i = 0; i < 500; ++i) denials.note("unauthorized", "", "198.51.100.4", "/agents/v1/orders", "r-" + std::to_string(i));
  denials.note("forbidden", "reader", "198.51.100.4", "/agents/v1/orders", "r-x");
  ASSERT_TRUE(denials.flush());
  ASSERT_EQ(audit->count(), 2u);
  const auto rows = audit->list({.category = "gate"}, 10).value();
  EXPECT_NE(rows[0].event.metadata.find("\"times\":500"), std::string::npos);
  EXPECT_EQ(rows[1].event.actor.id, "reader");
  ASSERT_TRUE(denials.flush());
  EXPECT_EQ(audit->count(), 2u);
}

TEST_F(AuditLogTest, AFloodFromEverywhereIsBounded) {
  trust::DenialAudit denials(*audit);
  for (int i = 0; i < 5000; ++i) denials.note("unauthorized", "", "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), "/", "r");
  ASSERT_TRUE(denials.flush());
  EXPECT_EQ(audit->count(), trust::DenialAudit::kMostKinds + 1);
  EXPECT_NE(audit->list({}, 1)->front().event.metadata.find(std::to_string(5000 - trust::DenialAudit::kMostKinds)), std::string::npos);
}

}  // namespace
