// Readers of lists beside a writer: whatever order of creates, updates, deletes and notes, they end with the state of the lists.
#include <random>

#include "tests/feed/list_fixtures.h"

namespace feed {
namespace {

constexpr int kIds = 25;

struct Wanted {
  std::string name;
  std::vector<Condition> conditions;
  std::string search;
};

// Follows one list: a full one first or an incremental one from the start, then resume cursors.
class Follower {
 public:
  Follower(ListStage& stage, Wanted wanted, bool full_first, std::uint64_t seed) : stage_(stage), wanted_(std::move(wanted)), full_(full_first), random_(seed) {
    order_ = {static_cast<Sort>(1 + random_() % 3), random_() % 2 == 0};
  }

  void read_page() {
    auto request = ListStage::entries();
    request.conditions = wanted_.conditions;
    request.search = wanted_.search;
    request.order = order_;
    request.incremental = !full_;
    request.cursor = cursor_;
    request.limit = 1 + static_cast<unsigned>(random_() % 9);
    auto page = stage_.reader->page(request);
    ASSERT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page->incremental, !full_);
    for (const auto& record : page->records) take(record);
    go_on(*page);
  }
  bool caught_up() const { return caught_up_; }
  const std::map<std::string, std::string>& state() const { return state_; }
  const Wanted& wanted() const { return wanted_; }

 private:
  void take(const std::string& record) {
    const auto id = id_of(record);
    const std::string item(view_change(record).value().list);
    if (!full_ || order_.sort != Sort::kTitle) {
      EXPECT_TRUE(in_window_.insert(id).second) << "twice in one window: " << id;
    }
    const auto times = ++versions_[item];
    // Only a note may tell a filtered reader of a version again, and only the full list may have told it before.
    if (wanted_.conditions.empty() && wanted_.search.empty()) {
      EXPECT_LE(times, started_full_ ? 2 : 1) << "starts over: " << item;
    }
    state_[id] = item;
  }
  void go_on(const ListPage& page) {
    caught_up_ = !page.has_more && !full_;
    const bool leaves = !page.has_more || (!full_ && random_() % 5 == 0);
    if (full_ && !page.has_more) full_ = false;
    if (leaves) in_window_.clear();
    cursor_ = leaves ? page.resume_cursor : page.next_cursor;
  }

  ListStage& stage_;
  const Wanted wanted_;
  bool full_;
  const bool started_full_ = full_;
  ListOrder order_;
  std::mt19937_64 random_;
  std::string cursor_;
  bool caught_up_ = false;
  std::set<std::string> in_window_;
  std::map<std::string, int> versions_;
  std::map<std::string, std::string> state_;
};

class Writer {
 public:
  Writer(ListStage& stage, std::uint64_t seed) : stage_(stage), random_(seed) {}

  void write() {
    std::vector<Change> batch;
    for (auto n = random_() % 5; n > 0; --n) batch.push_back(one());
    const auto how = random_() % 10;
    if (how == 0) {
      ASSERT_TRUE(stage_.rocks.log().append_part(batch));
    } else if (how == 1) {
      ASSERT_TRUE(stage_.rocks.log().append_part(batch));
      ASSERT_TRUE(stage_.rocks.log().drop_staged());
    } else {
      stage_.append(batch);
    }
  }

 private:
  Change one() {
    const auto id = std::to_string(random_() % kIds);
    const About about{{{"section", random_() % 3 == 0 ? "news" : "blog"}, {"~hidden", random_() % 2 ? "1" : "0"}}, "title " + std::to_string(random_() % 3),
                      random_() % 2 ? "red" : "green"};
    const auto kind = random_() % 10;
    if (kind == 0) return tombstone("entry", id, 100);
    if (kind < 4) return note_of(id, 100, about);
    auto out = listed(id, static_cast<std::int64_t>(100 + random_() % 50), about, random_() % 8 == 0 ? "order" : "entry");
    out.created_at = at(std::stoi(id) % 4);
    out.parts.list = R"({"id":)" + id + R"(,"v":)" + std::to_string(++version_) + "}";
    out.visible.list = random_() % 8 != 0;
    return out;
  }
  ListStage& stage_;
  std::mt19937_64 random_;
  std::uint64_t version_ = 0;
};

std::map<std::string, std::string> truth(ListStage& stage, const Wanted& wanted) {
  std::map<std::string, std::string> out;
  auto everything = ListStage::entries();
  everything.limit = 200;
  const auto page = stage.page(everything);
  for (int i = 0; i < kIds; ++i) {
    const auto latest = stage.rocks.log().latest({"entry", std::to_string(i)}).value();
    if (!latest || latest->tombstone || !latest->visible.list) continue;
    const auto newest = stage.rocks.log().read_one(latest->offset).value().change;
    const FactsView facts(newest.facts);
    bool belongs = wanted.search.empty() || facts.has_word(wanted.search);
    for (const auto& condition : wanted.conditions) belongs = belongs && facts.has(condition.field, condition.value);
    if (belongs) out[std::to_string(i)] = newest.parts.list;
  }
  return out;
}

// What a reader holds beyond the list has left it: lists do not tell of that, shows do.
void expect_same(ListStage& stage, const Follower& follower) {
  const auto expected = truth(stage, follower.wanted());
  auto held = follower.state();
  for (auto one = held.begin(); one != held.end();) one = expected.contains(one->first) ? std::next(one) : held.erase(one);
  EXPECT_EQ(held, expected) << follower.wanted().name;
}

class ListsProperty : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(ListsProperty, FollowersEndWithTheStateOfTheirLists) {
  const auto seed = GetParam();
  std::mt19937_64 random(seed);
  ListStage stage(seed % 2 == 0 ? 0 : 8u << 20);
  Writer writer(stage, seed);
  std::vector<std::unique_ptr<Follower>> followers;
  const std::vector<Wanted> wanted{{"all", {}, ""}, {"section", {{"section", "news"}}, ""}, {"hidden", {{"hidden", "1", false}}, ""}, {"search", {}, "red"},
                                   {"both", {{"section", "blog"}}, "gre"}};
  for (const auto& one : wanted) {
    for (const bool full_first : {false, true, true}) followers.push_back(std::make_unique<Follower>(stage, one, full_first, random()));
  }
  for (int round = 0; round < 150; ++round) {
    writer.write();
    if (round < 10) continue;
    for (auto& follower : followers) {
      if (random() % 3 == 0) follower->read_page();
    }
  }
  stage.append({});
  for (auto& follower : followers) {
    for (int windows = 0; windows < 2; ++windows) {  // the last window may have been opened before the last append
      do {
        follower->read_page();
        if (HasFatalFailure()) return;
      } while (!follower->caught_up());
    }
    expect_same(stage, *follower);
  }
  for (const auto& one : wanted) {
    Follower fresh(stage, one, true, random());
    while (!fresh.caught_up()) fresh.read_page();
    EXPECT_EQ(fresh.state(), truth(stage, one)) << one.name;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, ListsProperty, ::testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace feed
