#include "connectors/mirror/sqlite_memory.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstring>
#include <thread>
#include <vector>

namespace {

std::vector<void*> filled(std::initializer_list<int> sizes) {
  std::vector<void*> blocks;
  for (const int size : sizes) {
    blocks.push_back(sqlite3_malloc(size));
    EXPECT_GE(sqlite3_msize(blocks.back()), static_cast<sqlite3_uint64>(size));
    std::memset(blocks.back(), size & 0xff, static_cast<std::size_t>(size));
  }
  return blocks;
}

TEST(SqliteMemory, BlocksAreAsLongAsAskedForAndComeBack) {
  connectors::keep_sqlite_memory();
  for (int round = 0; round < 3; ++round) {
    const auto blocks = filled({1, 7, 8, 24, 25, 100, 1000, 4096, 8191, 8192, 100'000});
    auto* longer = static_cast<unsigned char*>(sqlite3_realloc(blocks[5], 5000));
    EXPECT_EQ(longer[99], 100);
    sqlite3_free(longer);
    for (void* block : blocks) {
      if (block != blocks[5]) sqlite3_free(block);
    }
  }
  EXPECT_EQ(sqlite3_memory_used(), 0) << "it is not counted";
}

TEST(SqliteMemory, AThreadGivesBackWhatAnotherTook) {
  connectors::keep_sqlite_memory();
  const auto blocks = filled({16, 300, 6000});
  std::thread([&] {
    for (void* block : blocks) sqlite3_free(block);
    for (void* block : filled({16, 300, 6000})) sqlite3_free(block);
  }).join();
}

}  // namespace
