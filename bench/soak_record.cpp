#include "bench/soak_record.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <new>

namespace bench {

SoakRecord::SoakRecord(std::size_t room) : room_(room) {
  shared_ = mmap(nullptr, sizeof(Head) + room * sizeof(Arrival), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (shared_ == MAP_FAILED) {
    std::perror("mmap");
    std::exit(1);
  }
  new (shared_) Head;
}

SoakRecord::~SoakRecord() { munmap(shared_, sizeof(Head) + room_ * sizeof(Arrival)); }

void SoakRecord::note(const Arrival& arrival) {
  const auto n = head().count.load(std::memory_order_relaxed);
  if (n == room_) {
    std::fprintf(stderr, "soak: more than %zu attempts\n", room_);
    _exit(1);
  }
  first()[n] = arrival;
  head().count.store(n + 1, std::memory_order_release);
}

std::span<const Arrival> SoakRecord::arrivals() const { return {first(), head().count.load(std::memory_order_acquire)}; }

void SoakRecord::saw_memory(double bytes) {
  if (bytes > head().most_memory) head().most_memory = bytes;
}

}  // namespace bench
