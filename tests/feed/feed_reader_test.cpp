#include "feed/feed_reader.h"

#include <map>
#include <random>
#include <set>

#include "tests/feed/log_fixtures.h"

namespace feed {
namespace {
using engine::Errc;
using engine::store::ReadFrom;

TypeTable three_types() { return TypeTable({{"products", "product", {"product"}}, {"entries", "entry", {}}, {"orders", "order", {}}}); }

template <class Kind>
class FeedReaderContract : public ::testing::Test {
 protected:
  RecordLog& log() { return kind_.log(); }
  void append(std::vector<Change> changes) { ASSERT_TRUE(log().append(changes, position(++sequence_))); }
  Page page(PageRequest request) {
    if (request.types == 0) request.types = types_.all();
    if (request.now == engine::WallTime{}) request.now = at(1000);
    auto page = reader_.page(request);
    EXPECT_TRUE(page) << (page ? "" : page.error().detail);
    return page ? *page : Page{};
  }
  static PageRequest with(std::string cursor, unsigned limit = 50) {
    PageRequest request;
    request.cursor = std::move(cursor);
    request.limit = limit;
    return request;
  }
  Kind kind_;
  TypeTable types_ = three_types();
  FeedReader reader_{log(), types_};
  std::uint64_t sequence_ = 0;
};
TYPED_TEST_SUITE(FeedReaderContract, LogKinds);

std::string json_names(const TypeTable& table, TypeMask types) {
  std::string out = "after:";
  table.append_json_names(types, out);
  EXPECT_TRUE(out.starts_with("after:"));
  return out.substr(6);
}

TEST(TypeTable, NamesOfASetAsJson) {
  const auto types = three_types();
  EXPECT_EQ(json_names(types, types.all()), R"(["products","entries","orders"])");
  EXPECT_EQ(json_names(types, types.bit_of_item("entry")), R"(["entries"])");
  EXPECT_EQ(json_names(types, 0), "[]");
}

TYPED_TEST(FeedReaderContract, ItemsAreTheContractsBytes) {
  auto odd = tombstone("order", "a\"b", 7);
  this->append({change("entry", "42", 5), odd});
  const auto page = this->page({});
  EXPECT_EQ(page.items,
            R"({"resourceType":"entry","resourceId":"42","action":"updated","updatedAt":"1970-01-01T00:00:05Z","snapshot":{"id":42,"body":"x"}},)"
            R"({"resourceType":"order","resourceId":"a\"b","action":"deleted","updatedAt":"1970-01-01T00:00:07Z","snapshot":null})");
  ASSERT_EQ(page.count(), 2u);
  EXPECT_EQ(page.item(1).substr(0, 24), R"({"resourceType":"order",)");
  EXPECT_FALSE(page.has_more);
  EXPECT_EQ(page.next_cursor, "");
  EXPECT_NE(page.resume_cursor, "");
  EXPECT_EQ(page.snapshot_end, at(1000));
  EXPECT_EQ(page.types, this->types_.all());
}

TYPED_TEST(FeedReaderContract, EachResourceIsShownOnceAtItsNewestChangeOfTheWindow) {
  this->append({change("entry", "1", 1, "old"), change("entry", "2", 1), change("entry", "1", 2, "new")});
  const auto first = this->page({.limit = 1});
  EXPECT_NE(first.items.find("\"2\""), std::string::npos);
  ASSERT_TRUE(first.has_more);
  this->append({change("entry", "1", 3, "newest")});  // after the window was opened
  const auto second = this->page(this->with(first.next_cursor));
  EXPECT_NE(second.items.find("\"new\""), std::string::npos);
  EXPECT_FALSE(second.has_more);
  const auto later = this->page(this->with(second.resume_cursor));
  EXPECT_NE(later.items.find("newest"), std::string::npos);
  EXPECT_EQ(later.count(), 1u);
}

TYPED_TEST(FeedReaderContract, HasMoreIsExactAtThePageBorder) {
  auto hidden = change("entry", "9", 1);
  hidden.visible.feed = false;
  this->append({change("entry", "1", 1), change("entry", "2", 1), hidden, change("order", "3", 1)});
  PageRequest entries{.types = this->types_.parse("entries").value(), .limit = 2};
  const auto page = this->page(entries);
  EXPECT_EQ(page.count(), 2u);
  EXPECT_FALSE(page.has_more);
  EXPECT_TRUE(this->page({.limit = 2}).has_more);
}

TYPED_TEST(FeedReaderContract, UpdatedSinceMatchesEitherInstant) {
  auto late = change("entry", "1", 50);
  late.appended_at = at(200);
  auto future = change("entry", "2", 300);
  future.appended_at = at(10);
  auto snapshot = change("entry", "3", 50);
  snapshot.appended_at = {};
  this->append({late, future, snapshot});
  const auto page = this->page({.since = at(200)});
  EXPECT_EQ(page.count(), 2u);
  EXPECT_EQ(page.since, at(200));
  EXPECT_EQ(this->page({.since = at(201)}).count(), 1u);
  EXPECT_EQ(this->page({.since = at(50)}).count(), 3u);
}

TYPED_TEST(FeedReaderContract, FiltersSkipWholeRunsAndStillFindTheLastOne) {
  std::vector<Change> many;
  for (int i = 0; i < 5000; ++i) many.push_back(change("entry", std::to_string(i), 10));
  many.push_back(change("order", "7", 500));
  this->append(many);
  const auto orders = this->page({.types = this->types_.parse("orders").value()});
  EXPECT_EQ(orders.count(), 1u);
  EXPECT_FALSE(orders.has_more);
  EXPECT_EQ(this->page({.since = at(400)}).count(), 1u);
}

TYPED_TEST(FeedReaderContract, ASelectiveReaderMovesOnByShortPages) {
  std::vector<Change> many;
  const auto count = FeedReader::kScanBound + 3000;
  for (std::size_t i = 0; i < count; ++i) many.push_back(change("entry", std::to_string(i), 10, ""));
  auto hidden = many;
  for (auto& one : hidden) one.visible.feed = false;
  this->append(hidden);
  this->append({change("entry", "last", 10)});
  const auto first = this->page({});
  EXPECT_EQ(first.count(), 0u);
  ASSERT_TRUE(first.has_more);
  const auto second = this->page(this->with(first.next_cursor));
  EXPECT_EQ(second.count(), 1u);
  EXPECT_FALSE(second.has_more);
}

TYPED_TEST(FeedReaderContract, ACaughtUpReaderNeedsNoDiskAndKeepsItsCursor) {
  this->append({change("entry", "1", 1)});
  const auto done = this->page({});
  auto request = this->with(done.resume_cursor);
  request.now = at(1000);
  auto empty = this->reader_.page(request, ReadFrom::kCacheOnly);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->count(), 0u);
  EXPECT_FALSE(empty->has_more);
  EXPECT_EQ(empty->resume_cursor, done.resume_cursor);
  request.now = at(2000);
  EXPECT_NE(this->reader_.page(request)->resume_cursor, done.resume_cursor);  // a fresh one lives longer
}

TYPED_TEST(FeedReaderContract, ACursorBehindRetentionIsExpiredAndAFreshStartIsNot) {
  this->append({change("entry", "1", 1), change("entry", "2", 1)});
  const auto early = this->reader_.earliest_cursor(this->types_.all(), at(1000));
  this->append({change("entry", "1", 2), change("entry", "3", 2)});
  ASSERT_TRUE(this->log().retain({std::chrono::seconds{1}, 0}, Offset{100}, at(1000)));
  ASSERT_EQ(this->log().first_offset(), Offset{2});
  auto request = this->with(early);
  request.now = at(1000);
  EXPECT_EQ(this->reader_.page(request).error().code, Errc::kExpired);
  EXPECT_EQ(this->page({}).count(), 3u);
  EXPECT_EQ(this->page(this->with(this->reader_.earliest_cursor(this->types_.all(), at(1000)))).count(), 3u);
}

TYPED_TEST(FeedReaderContract, ACursorOfAnotherLogIsExpired) {
  MemoryChangeLog other(99);
  FeedReader elsewhere(other, this->types_);
  auto request = this->with(elsewhere.latest_cursor(this->types_.all(), at(1000)));
  request.now = at(1000);
  EXPECT_EQ(this->reader_.page(request).error().code, Errc::kExpired);
}

// A reader that follows cursors while the log grows ends with the newest state: nothing skipped, nothing twice in a window.
class Follower {
 public:
  Follower(const FeedReader& reader, TypeMask types, std::uint64_t seed) : reader_(reader), types_(types), random_(seed) {}
  void read_page() {
    PageRequest request{.types = types_, .cursor = cursor_, .limit = 1 + static_cast<unsigned>(random_() % 9), .now = at(1000)};
    auto page = reader_.page(request);
    ASSERT_TRUE(page) << page.error().detail;
    for (std::size_t i = 0; i < page->count(); ++i) take(page->item(i));
    caught_up_ = !page->has_more;
    if (caught_up_) in_window_.clear();
    const bool leaves_window = !page->has_more || random_() % 5 == 0;
    if (leaves_window) in_window_.clear();
    cursor_ = leaves_window ? page->resume_cursor : page->next_cursor;
  }
  bool caught_up() const { return caught_up_; }
  const std::map<std::string, std::string>& state() const { return state_; }

 private:
  void take(std::string_view item) {
    const auto key = std::string(item.substr(0, item.find(",\"action\"")));
    EXPECT_TRUE(in_window_.insert(key).second) << "twice in one window: " << key;
    state_[key] = item;
  }
  const FeedReader& reader_;
  const TypeMask types_;
  std::mt19937_64 random_;
  std::string cursor_;
  bool caught_up_ = false;
  std::set<std::string> in_window_;
  std::map<std::string, std::string> state_;
};

TYPED_TEST(FeedReaderContract, AFollowerEndsWithTheExactNewestState) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Follower all(this->reader_, this->types_.all(), seed), some(this->reader_, this->types_.parse("entries,orders").value(), seed + 1);
    const std::vector<std::string> types{"product", "entry", "order"};
    for (int round = 0; round < 200; ++round) {
      std::vector<Change> batch;
      for (auto n = random() % 6; n > 0; --n) {
        const auto& type = types[random() % 3];
        const auto id = std::to_string(random() % 20);
        batch.push_back(random() % 7 == 0 ? tombstone(type, id, round) : change(type, id, round, std::to_string(random())));
      }
      if (random() % 4 == 0) {
        ASSERT_TRUE(this->log().append_part(batch));
      } else {
        this->append(batch);
      }
      if (random() % 2) all.read_page();
      if (random() % 2) some.read_page();
      if (random() % 20 == 0) {
        ASSERT_TRUE(this->log().retain({std::chrono::seconds{0}, 3000}, Offset{1}, at(1000)));
      }
    }
    this->append({});
    do all.read_page();
    while (!all.caught_up());
    do some.read_page();
    while (!some.caught_up());
    all.read_page();   // the last window may have been opened before the last append
    some.read_page();
    while (!all.caught_up()) all.read_page();
    while (!some.caught_up()) some.read_page();
    std::map<std::string, std::string> truth, truth_of_some;
    for (const auto& type : types) {
      for (int id = 0; id < 20; ++id) {
        const auto latest = this->log().latest({type, std::to_string(id)}).value();
        if (!latest) continue;
        const auto newest = this->log().read_one(latest->offset).value().change;
        const auto key = R"({"resourceType":")" + type + R"(","resourceId":")" + std::to_string(id) + '"';
        auto item = key + R"(,"action":")" + std::string(name(newest.feed_action)) + R"(","updatedAt":")" + engine::rfc3339(newest.updated_at) +
                    R"(","snapshot":)" + (newest.tombstone() ? "null" : newest.parts.feed) + "}";
        if (type != "product") truth_of_some[key] = item;
        truth[key] = std::move(item);
      }
    }
    EXPECT_EQ(all.state(), truth);
    EXPECT_EQ(some.state(), truth_of_some);
  }
}

TEST(FeedReader, CacheOnlyIsUnavailableWhereADiskReadWouldBeNeeded) {
  RocksLog rocks(0);
  const auto types = three_types();
  std::vector<Change> many;
  for (int i = 0; i < 3000; ++i) many.push_back(change("entry", std::to_string(i), 1, std::string(1000, 'b')));
  ASSERT_TRUE(rocks.log().append(many, position(1)));
  ASSERT_TRUE(rocks.log().append(std::vector{change("order", "1", 1)}, position(2)));
  rocks.reopen();  // recovery writes the log's content to files
  FeedReader reader(rocks.log(), types);
  const PageRequest request{.types = types.all(), .now = at(1000)};
  auto cold = reader.page(request, ReadFrom::kCacheOnly);
  ASSERT_FALSE(cold);
  EXPECT_EQ(cold.error().code, Errc::kUnavailable);
  ASSERT_TRUE(reader.page(request));
  auto warm = reader.page(request, ReadFrom::kCacheOnly);
  ASSERT_TRUE(warm) << warm.error().detail;
  EXPECT_EQ(warm->count(), 50u);
}

}  // namespace
}  // namespace feed
