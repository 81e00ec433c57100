#include "connectors/mirror/cascade.h"

#include <gtest/gtest.h>

#include "tests/connectors/mirror_test_rows.h"
#include "tests/support/fixtures.h"

namespace {

using namespace connectors;
using namespace test;
using Rule = ForeignKey::Rule;
using Kind = RowChange::Kind;

class CascadeTest : public ::testing::Test {
 protected:
  CascadeTest() : mirror_(std::move(*Mirror::open(directory_.path() / "mirror.sqlite"))) {
    for (const auto& table : {parents_, children_, notes_}) EXPECT_TRUE(mirror_->define(*table));
    EXPECT_TRUE(mirror_->apply(inserted(parents_, parent_)));
    EXPECT_TRUE(mirror_->apply(inserted(children_, child_)));
    EXPECT_TRUE(mirror_->apply(inserted(notes_, note_)));
  }
  static ForeignKey key(const char* child, const char* column, const char* parent, Rule on_delete, Rule on_update = Rule::kRestrict) {
    return {"fk", child, {column}, parent, {"id"}, on_delete, on_update};
  }
  std::vector<RowChange> expand(const std::vector<ForeignKey>& keys, const RowChange& change) {
    auto cascade = Cascade::create(*mirror_, keys);
    EXPECT_TRUE(cascade);
    auto expanded = cascade->expand(change);
    EXPECT_TRUE(expanded);
    return std::move(*expanded);
  }
  TemporaryDirectory directory_;
  std::unique_ptr<Mirror> mirror_;
  TablePtr parents_ = table("parents", {"id", "childId"});
  TablePtr children_ = table("children", {"id", "parentId"});
  TablePtr notes_ = table("notes", {"id", "childId", "parentId"});
  Row parent_{number(1), number(10)}, child_{number(10), number(1)}, note_{number(100), number(10), number(1)};
};

TEST_F(CascadeTest, DeletesGrandchildrenBeforeChildrenBeforeTheParent) {
  const auto all = expand({key("children", "parentId", "parents", Rule::kCascade), key("notes", "childId", "children", Rule::kCascade)}, deleted(parents_, parent_));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].table->name, "notes");
  EXPECT_EQ(all[1].table->name, "children");
  EXPECT_EQ(all[2].table->name, "parents");
  for (const auto& change : all) EXPECT_EQ(change.kind, Kind::kDelete);
}

TEST_F(CascadeTest, TablesAreFilledParentsFirstAlsoInACircle) {
  const auto names = [&](const std::vector<ForeignKey>& keys) {
    auto cascade = Cascade::create(*mirror_, keys);
    EXPECT_TRUE(cascade);
    std::vector<std::string> order;
    for (const auto& table : cascade->parents_first({notes_, children_, parents_})) order.push_back(table->name);
    return order;
  };
  const auto parent = key("children", "parentId", "parents", Rule::kCascade), child = key("notes", "childId", "children", Rule::kCascade);
  EXPECT_EQ(names({parent, child}), (std::vector<std::string>{"parents", "children", "notes"}));
  EXPECT_EQ(names({parent, child, key("parents", "childId", "children", Rule::kSetNull)}).size(), 3u);
}

TEST_F(CascadeTest, SetNullUpdatesOnlyTheReference) {
  const auto all = expand({key("notes", "parentId", "parents", Rule::kSetNull)}, deleted(parents_, parent_));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].kind, Kind::kUpdate);
  EXPECT_EQ(all[0].after, (Row{number(100), number(10), null()}));
}

TEST_F(CascadeTest, ARowReachedTwiceIsDeletedOnceAndLast) {
  const auto all = expand({key("notes", "parentId", "parents", Rule::kSetNull), key("children", "parentId", "parents", Rule::kCascade),
                           key("notes", "childId", "children", Rule::kCascade)},
                          deleted(parents_, parent_));
  for (const auto& change : all) ASSERT_TRUE(mirror_->apply(change));
  EXPECT_EQ(mirror_->count("notes").value(), 0);
  EXPECT_EQ(mirror_->count("children").value(), 0);
}

TEST_F(CascadeTest, ANewKeyIsPassedOn) {
  const auto all = expand({key("children", "parentId", "parents", Rule::kRestrict, Rule::kCascade)}, updated(parents_, parent_, {number(2), number(10)}));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].after, (Row{number(10), number(2)}));
}

TEST_F(CascadeTest, AnUpdateThatKeepsTheKeyFollowsNothing) {
  EXPECT_EQ(expand({key("children", "parentId", "parents", Rule::kCascade, Rule::kCascade)}, updated(parents_, parent_, {number(1), null()})).size(), 1u);
}

TEST_F(CascadeTest, CirclesEnd) {
  const auto all = expand({key("children", "parentId", "parents", Rule::kCascade), key("parents", "childId", "children", Rule::kCascade)}, deleted(parents_, parent_));
  EXPECT_EQ(all.size(), 2u);
}

TEST_F(CascadeTest, NothingFollowsWhereTheSourceSaysSo) {
  auto change = deleted(parents_, parent_);
  change.cascades = false;
  EXPECT_EQ(expand({key("children", "parentId", "parents", Rule::kCascade)}, change).size(), 1u);
}

TEST(CascadeClosure, ClimbsOverWhatPassesOnADelete) {
  const auto fk = [](const char* child, const char* parent, Rule rule) { return ForeignKey{"fk", child, {"x"}, parent, {"id"}, rule, Rule::kRestrict}; };
  const std::vector<ForeignKey> keys{fk("entries", "elements", Rule::kCascade), fk("elements", "drafts", Rule::kCascade), fk("elements", "layouts", Rule::kSetNull),
                                     fk("layouts", "themes", Rule::kSetNull), fk("drafts", "users", Rule::kRestrict)};
  EXPECT_EQ(Cascade::closure({"entries", "elements"}, keys), (std::vector<std::string>{"drafts", "layouts"}));
}

}  // namespace
