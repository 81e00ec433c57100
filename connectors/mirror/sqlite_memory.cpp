#include "connectors/mirror/sqlite_memory.h"

#include <malloc.h>
#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <limits>

namespace connectors {
namespace {

constexpr std::size_t kStep = 16;                // blocks are as long as the C library's chunks less their head: nothing is lost to rounding
constexpr std::size_t kHead = sizeof(std::size_t);
constexpr std::size_t kClasses = 8192 / kStep;   // a page with what SQLite keeps beside it fits
constexpr std::size_t kMostKept = 1 << 20;

struct Block {
  Block* next;
};

// What one thread gave back. Nothing is allocated for it, so it works in whatever order a thread's objects end.
struct Kept {
  std::array<Block*, kClasses> of_class{};
  std::size_t bytes = 0;
  bool closed = false;
  ~Kept() {
    closed = true;
    for (Block*& first : of_class) {
      while (first != nullptr) {
        Block* const block = first;
        first = block->next;
        std::free(block);
      }
    }
  }
};
thread_local Kept kept;

std::size_t class_of(std::size_t bytes) { return (bytes + kHead + kStep - 1) / kStep; }

void* take(int wanted) {
  const auto bytes = static_cast<std::size_t>(wanted);
  const auto place = class_of(bytes);
  if (place >= kClasses) return std::malloc(bytes);
  Block*& first = kept.of_class[place];
  if (first == nullptr) return std::malloc(place * kStep - kHead);
  Block* const block = first;
  first = block->next;
  kept.bytes -= place * kStep;
  return block;
}

void give_back(void* memory) {
  if (memory == nullptr) return;
  const auto place = (malloc_usable_size(memory) + kHead) / kStep;  // rounded down: at least so long
  if (place < class_of(1) || place >= kClasses || kept.closed || kept.bytes + place * kStep > kMostKept) return std::free(memory);
  kept.of_class[place] = new (memory) Block{kept.of_class[place]};
  kept.bytes += place * kStep;
}

void* resize(void* memory, int wanted) { return std::realloc(memory, static_cast<std::size_t>(wanted)); }
int size_of(void* memory) {
  const auto bytes = memory == nullptr ? 0 : malloc_usable_size(memory);
  return bytes > static_cast<std::size_t>(std::numeric_limits<int>::max()) ? std::numeric_limits<int>::max() : static_cast<int>(bytes);
}
int round_up(int wanted) { return (wanted + 7) & ~7; }
int start(void*) { return SQLITE_OK; }
void stop(void*) {}

}  // namespace

void keep_sqlite_memory() {
  static const bool done = [] {
    static const sqlite3_mem_methods methods{take, give_back, resize, size_of, round_up, start, stop, nullptr};
    // Either is refused, without harm, where SQLite is at work already.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK;
  }();
  static_cast<void>(done);
}

}  // namespace connectors
