#include "bench/arrival_record.h"

#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace bench {
namespace {

template <class Number>
Number number_behind(std::string_view text, char mark, int base) {
  Number number = 0;
  const auto at = text.rfind(mark) + 1;
  std::from_chars(text.data() + at, text.data() + text.size(), number, base);
  return number;
}

}  // namespace

std::uint64_t event_in(std::string_view header) { return number_behind<std::uint64_t>(header, '_', 16); }
std::uint32_t endpoint_in(std::string_view path) { return number_behind<std::uint32_t>(path, '-', 10); }

ArrivalRecord::ArrivalRecord(std::size_t room) : room_(room) {
  shared_ = mmap(nullptr, sizeof(Head) + room * sizeof(Arrival), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (shared_ == MAP_FAILED) {
    std::perror("mmap");
    std::exit(1);
  }
  new (shared_) Head;
}

ArrivalRecord::~ArrivalRecord() { munmap(shared_, sizeof(Head) + room_ * sizeof(Arrival)); }

void ArrivalRecord::note(const Arrival& arrival) {
  const auto n = head().count.load(std::memory_order_relaxed);
  if (n == room_) {
    std::fprintf(stderr, "more than %zu attempts to note\n", room_);
    _exit(1);
  }
  first()[n] = arrival;
  head().count.store(n + 1, std::memory_order_release);
}

std::span<const Arrival> ArrivalRecord::arrivals() const { return {first(), head().count.load(std::memory_order_acquire)}; }

void ArrivalRecord::saw_memory(double bytes) {
  if (bytes > head().most_memory) head().most_memory = bytes;
}

}  // namespace bench
