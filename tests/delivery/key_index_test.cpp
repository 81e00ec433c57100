#include "delivery/key_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace delivery {
namespace {

struct Item {
  std::string key;
  std::size_t hash = 0;
};

std::unique_ptr<Item> item(std::string key, std::size_t hash) { return std::make_unique<Item>(Item{std::move(key), hash}); }

TEST(KeyIndex, AnEmptyOneFindsNothing) {
  KeyIndex<Item> index;
  EXPECT_EQ(index.find("a", 1), nullptr);
  EXPECT_EQ(index.size(), 0u);
}

TEST(KeyIndex, EqualHashesAreToldApartByTheirKeys) {
  KeyIndex<Item> index;
  auto& a = index.insert(item("a", 7));
  auto& b = index.insert(item("b", 7));
  EXPECT_EQ(index.find("a", 7), &a);
  EXPECT_EQ(index.find("b", 7), &b);
  EXPECT_EQ(index.find("c", 7), nullptr);
  EXPECT_EQ(index.extract(a)->key, "a");
  EXPECT_EQ(index.find("a", 7), nullptr);
  EXPECT_EQ(index.find("b", 7), &b);
}

// Against a map, with hashes that collide, wrap around the end of the table, and make it grow and shrink.
TEST(KeyIndex, FindsWhatAMapFindsWhateverComesAndGoes) {
  for (const std::size_t spread : {std::size_t{1}, std::size_t{5}, std::size_t{64}, std::size_t{100'000}}) {
    std::mt19937_64 random(spread);
    KeyIndex<Item> index;
    std::map<std::string, Item*> expected;
    const auto hash_of = [spread](const std::string& key) { return spread - 1 - std::hash<std::string>{}(key) % spread; };
    for (int step = 0; step < 20'000; ++step) {
      const std::size_t few = (step / 2'000) % 2 ? 4 : 300;  // now many, now few
      const auto key = std::to_string(random() % few);
      const auto found = expected.find(key);
      ASSERT_EQ(index.find(key, hash_of(key)), found == expected.end() ? nullptr : found->second) << step;
      if (found == expected.end()) {
        expected[key] = &index.insert(item(key, hash_of(key)));
      } else {
        const auto taken = index.extract(*found->second);
        ASSERT_EQ(taken.get(), found->second);
        expected.erase(found);
      }
      while (few == 4 && expected.size() > 8) {  // the many of before go
        index.extract(*expected.begin()->second);
        expected.erase(expected.begin());
      }
      ASSERT_EQ(index.size(), expected.size());
    }
    std::set<std::string> seen;
    index.each([&seen](Item& one) { seen.insert(one.key); });
    ASSERT_EQ(seen.size(), expected.size());
    for (const auto& [key, one] : expected) EXPECT_TRUE(seen.contains(key));
  }
}

}  // namespace
}  // namespace delivery
