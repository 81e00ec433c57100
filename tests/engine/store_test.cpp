#include "engine/store/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/fixtures.h"
#include "tests/support/small_disk.h"

namespace engine::store {
namespace {

using namespace std::string_literals;

Options two_families() {
  Options options;
  options.families = {"a", "b"};
  options.write_buffer_bytes = 1 << 20;
  options.block_cache_bytes = 4 << 20;
  return options;
}

std::unique_ptr<Store> opened(const std::filesystem::path& directory, const Options& options = two_families()) {
  auto store = Store::open(directory.string(), options);
  EXPECT_TRUE(store) << (store ? "" : store.error().detail);
  return store ? std::move(*store) : nullptr;
}

void put(Store& store, std::string_view family, std::string_view key, std::string_view value) {
  Batch batch;
  batch.put(store.family(family), key, value);
  ASSERT_TRUE(store.write(batch, Durability::kSynced));
}

std::string keys_of(Iterator it, std::string_view from) {
  std::string keys;
  for (it.seek(from); it.valid(); it.next()) keys += it.key();
  EXPECT_TRUE(it.status());
  return keys;
}

TEST(Store, WritesOfOneBatchAppearTogetherInTheirFamilies) {
  test::TemporaryDirectory directory;
  auto store = opened(directory.path() / "db");
  Batch batch;
  EXPECT_TRUE(batch.empty());
  batch.put(store->family("a"), "k\0x"s, "1");
  batch.put(store->family("b"), "k\0x"s, "2");
  EXPECT_EQ(store->get(store->family("a"), "k\0x"s).value(), std::nullopt);
  ASSERT_TRUE(store->write(batch, Durability::kBuffered));
  EXPECT_EQ(store->get(store->family("a"), "k\0x"s).value(), "1");
  EXPECT_EQ(store->get(store->family("b"), "k\0x"s).value(), "2");
  batch.clear();
  EXPECT_TRUE(batch.empty());
  batch.erase(store->family("a"), "k\0x"s);
  ASSERT_TRUE(store->write(batch, Durability::kBuffered));
  EXPECT_EQ(store->get(store->family("a"), "k\0x"s).value(), std::nullopt);
}

TEST(Store, WhatWasWrittenIsThereAfterReopening) {
  test::TemporaryDirectory directory;
  {
    auto store = opened(directory.path() / "db");
    put(*store, "b", "key", "value");
  }
  auto store = opened(directory.path() / "db");
  EXPECT_EQ(store->get(store->family("b"), "key").value(), "value");
  EXPECT_GT(store->disk_bytes(), 0u);
}

TEST(Store, IteratesBothWaysWithinItsBounds) {
  test::TemporaryDirectory directory;
  auto store = opened(directory.path() / "db");
  for (const char* key : {"a", "b", "c", "d", "e"}) put(*store, "a", key, "");
  EXPECT_EQ(keys_of(store->iterate(store->family("a")), ""), "abcde");
  EXPECT_EQ(keys_of(store->iterate(store->family("a"), "b", "d"), ""), "bc");
  auto it = store->iterate(store->family("a"), "b", "e");
  it.seek_for_prev("zz");
  ASSERT_TRUE(it.valid());
  EXPECT_EQ(it.key(), "d");
  it.prev();
  it.prev();
  EXPECT_EQ(it.key(), "b");
  it.prev();
  EXPECT_FALSE(it.valid());
}

TEST(Store, AnIteratorKeepsTheStateOfItsCreation) {
  test::TemporaryDirectory directory;
  auto store = opened(directory.path() / "db");
  put(*store, "a", "1", "");
  auto before = store->iterate(store->family("a"));
  put(*store, "a", "2", "");
  EXPECT_EQ(keys_of(std::move(before), ""), "1");
}

TEST(Store, ErasesARangeWithoutItsEnd) {
  test::TemporaryDirectory directory;
  auto store = opened(directory.path() / "db");
  for (const char* key : {"a", "b", "c", "d"}) put(*store, "a", key, "");
  Batch batch;
  batch.erase_range(store->family("a"), "b", "d");
  ASSERT_TRUE(store->write(batch, Durability::kBuffered));
  EXPECT_EQ(keys_of(store->iterate(store->family("a")), ""), "ad");
}

TEST(Store, MultiGetAnswersEachKeyInOrder) {
  test::TemporaryDirectory directory;
  auto store = opened(directory.path() / "db");
  put(*store, "a", "x", "1");
  put(*store, "a", "y", "2");
  const auto got = store->multi_get(store->family("a"), {"y", "none", "x"});
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, (std::vector<std::optional<std::string>>{"2", std::nullopt, "1"}));
}

TEST(Store, CacheOnlySaysUnavailableInsteadOfReadingDisk) {
  test::TemporaryDirectory directory;
  {
    auto store = opened(directory.path() / "db");
    put(*store, "a", "key", "value");
    ASSERT_TRUE(store->checkpoint((directory.path() / "copy").string()));  // flushes: the value is in a file, not in the log
  }
  auto store = opened(directory.path() / "copy");
  auto cold = store->get(store->family("a"), "key", ReadFrom::kCacheOnly);
  ASSERT_FALSE(cold);
  EXPECT_EQ(cold.error().code, Errc::kUnavailable);
  auto it = store->iterate(store->family("a"), {}, {}, ReadFrom::kCacheOnly);
  it.seek("key");
  EXPECT_FALSE(it.valid());
  EXPECT_EQ(it.status().error().code, Errc::kUnavailable);
  ASSERT_EQ(store->get(store->family("a"), "key").value(), "value");
  EXPECT_EQ(store->get(store->family("a"), "key", ReadFrom::kCacheOnly).value(), "value");
}

TEST(Store, ACheckpointIsTheStateOfItsMoment) {
  test::TemporaryDirectory directory;
  auto store = opened(directory.path() / "db");
  put(*store, "a", "1", "");
  const auto copy = directory.path() / "copy";
  ASSERT_TRUE(store->checkpoint(copy.string()));
  put(*store, "a", "2", "");
  EXPECT_EQ(store->checkpoint(copy.string()).error().code, Errc::kConflict);
  auto copied = opened(copy);
  EXPECT_EQ(keys_of(copied->iterate(copied->family("a")), ""), "1");
}

TEST(Store, RefusesAStoreOfANewerFormat) {
  test::TemporaryDirectory directory;
  auto newer = two_families();
  newer.format_version = 3;
  opened(directory.path() / "db", newer).reset();
  auto store = Store::open((directory.path() / "db").string(), two_families());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::kUnsupported);
  EXPECT_NE(opened(directory.path() / "db", newer), nullptr);
}

TEST(Store, RefusesAFamilyItDoesNotKnowAndAddsOnesItMisses) {
  test::TemporaryDirectory directory;
  auto more = two_families();
  more.families.push_back("c");
  opened(directory.path() / "db").reset();
  opened(directory.path() / "db", more).reset();
  EXPECT_EQ(Store::open((directory.path() / "db").string(), two_families()).error().code, Errc::kUnsupported);
}

TEST(Store, ASecondOpenerGetsAConflict) {
  test::TemporaryDirectory directory;
  auto store = opened(directory.path() / "db");
  auto second = Store::open((directory.path() / "db").string(), two_families());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict) << second.error().detail;
}

TEST(Store, WithoutCreateAnEmptyPlaceIsNotFound) {
  test::TemporaryDirectory directory;
  auto options = two_families();
  options.create = false;
  EXPECT_EQ(Store::open((directory.path() / "db").string(), options).error().code, Errc::kNotFound);
}

TEST(Store, DamageIsMalformed) {
  test::TemporaryDirectory directory;
  opened(directory.path() / "db").reset();
  std::ofstream(directory.path() / "db" / "CURRENT") << "nonsense";
  EXPECT_EQ(Store::open((directory.path() / "db").string(), two_families()).error().code, Errc::kMalformed);
}

TEST(Store, WritesAreRefusedWhileTheReserveIsMissing) {
  test::SmallDisk disk(12);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a file system";
  auto options = two_families();
  options.reserve_bytes = 4 << 20;
  auto store = opened(disk.path() / "db", options);
  put(*store, "a", "0", "before");
  disk.fill();
  Batch batch;
  batch.put(store->family("a"), "0", "after");
  EXPECT_EQ(store->write(batch, Durability::kSynced).error().code, Errc::kFull);
  EXPECT_EQ(store->get(store->family("a"), "0").value(), "before");
  disk.make_room();
  EXPECT_TRUE(store->write(batch, Durability::kSynced));
  EXPECT_EQ(store->get(store->family("a"), "0").value(), "after");
}

TEST(Store, ADiskThatFillsUnderItRefusesWritesWithoutHarmAndRecoversWithSpace) {
  test::SmallDisk disk(12);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a file system";
  auto options = two_families();
  options.reserve_bytes = 0;
  const std::string value(64 << 10, 'v');
  int acknowledged = 0;
  {
    auto store = opened(disk.path() / "db", options);
    put(*store, "a", "0", value);
    disk.fill();
    Result<void> written;
    for (acknowledged = 1; acknowledged < 100; ++acknowledged) {
      Batch batch;
      batch.put(store->family("a"), std::to_string(acknowledged), value);
      written = store->write(batch, Durability::kSynced);
      if (!written) break;
    }
    ASSERT_FALSE(written) << "the disk never became full";
    EXPECT_EQ(written.error().code, Errc::kFull) << written.error().detail;
    EXPECT_EQ(store->get(store->family("a"), std::to_string(acknowledged)).value(), std::nullopt);
    EXPECT_EQ(store->get(store->family("a"), "0").value(), value);

    disk.make_room();
    Batch batch;
    batch.put(store->family("a"), std::to_string(acknowledged), value);
    auto again = store->write(batch, Durability::kSynced);
    ASSERT_TRUE(again) << again.error().detail;
  }
  auto store = opened(disk.path() / "db", options);
  for (int i = 0; i <= acknowledged; ++i) EXPECT_EQ(store->get(store->family("a"), std::to_string(i)).value(), value) << i;
}

}  // namespace
}  // namespace engine::store
