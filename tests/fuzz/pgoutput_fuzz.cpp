// Any bytes are refused or decoded, never crashed on. Messages stand one behind the other, each behind its length (two bytes, big-endian), so that
// relations and rows meet. Build: clang++ -fsanitize=fuzzer,address,undefined. Seeds: recorded messages.

#include <cstdint>
#include <cstdlib>

#include "connectors/postgres/transaction_reader.h"
#include "engine/base/byte_cursor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace connectors::postgres;
  engine::ByteCursor in(std::string_view(reinterpret_cast<const char*>(data), size));
  TransactionReader reader({"fuzz", "public", "", {}, 1U << 12}, [](std::uint32_t type, std::int32_t) { return std::string(type % 2 ? "numeric(14,4)" : "bytea"); });
  reader.start({"fuzz", 1, 0}, 0);
  while (!in.at_end()) {
    const auto message = in.take(in.big<std::uint16_t>());
    if (!in.ok() || !reader.feed(message)) return 0;
  }
  return 0;
}
