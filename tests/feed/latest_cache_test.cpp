#include "feed/latest_cache.h"

#include <gtest/gtest.h>

namespace {

using feed::LatestCache;
using feed::LatestEntry;

LatestEntry at(std::uint64_t offset) {
  LatestEntry entry;
  entry.latest.offset = feed::Offset{offset};
  return entry;
}

std::uint64_t offset_of(const LatestCache& cache, const std::string& key) {
  const auto found = cache.find(key);
  return found.entry ? found.entry->latest.offset.value : 0;
}

TEST(LatestCache, KnowsWhatWasReadAndWhatWasCommitted) {
  LatestCache cache;
  cache.add("a", at(1), cache.find("a").generation);
  cache.commit({{"b", at(2)}});
  EXPECT_EQ(offset_of(cache, "a"), 1u);
  EXPECT_EQ(offset_of(cache, "b"), 2u);
  EXPECT_EQ(offset_of(cache, "c"), 0u);
}

TEST(LatestCache, WhatWasReadBeforeACommitDoesNotCoverIt) {
  LatestCache cache;
  const auto asked = cache.find("a").generation;
  cache.commit({{"a", at(2)}});
  cache.add("a", at(1), asked);
  EXPECT_EQ(offset_of(cache, "a"), 2u);
  const auto again = cache.find("b").generation;
  cache.commit({});
  cache.add("b", at(1), again);
  EXPECT_EQ(offset_of(cache, "b"), 0u) << "which keys a commit had is not kept";
}

TEST(LatestCache, ForgetsAllAtOnce) {
  LatestCache cache;
  const auto asked = cache.find("b").generation;
  cache.commit({{"a", at(1)}});
  cache.forget();
  cache.add("b", at(1), asked);
  EXPECT_EQ(offset_of(cache, "a"), 0u);
  EXPECT_EQ(offset_of(cache, "b"), 0u);
}

TEST(LatestCache, ABatchTooLargeForItLeavesNoOldEntryBehind) {
  LatestCache cache;
  cache.commit({{"0", at(1)}});
  std::vector<std::pair<std::string, LatestEntry>> many;
  for (std::size_t i = 0; i <= LatestCache::kMost; ++i) many.emplace_back(std::to_string(i), at(i + 2));
  cache.commit(std::move(many));
  EXPECT_EQ(offset_of(cache, "0"), 0u);
}

TEST(LatestCache, StartsOverWhenItIsFull) {
  LatestCache cache;
  for (std::size_t i = 0; i < LatestCache::kMost; ++i) cache.add(std::to_string(i), at(i + 1), cache.find("").generation);
  EXPECT_EQ(offset_of(cache, "0"), 1u);
  cache.add("one more", at(1), cache.find("").generation);
  EXPECT_EQ(offset_of(cache, "0"), 0u);
  EXPECT_EQ(offset_of(cache, "one more"), 1u);
}

}  // namespace
