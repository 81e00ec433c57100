// Transactions that are sent while they run: any bytes are refused or kept and given out again, never crashed on. Messages stand one behind the other, each behind its
// length (two bytes, big-endian), as in pgoutput_fuzz; what the spool lets through goes to the reader.

#include <cstdint>
#include <filesystem>

#include "connectors/postgres/stream_spool.h"
#include "connectors/postgres/transaction_reader.h"
#include "engine/base/byte_cursor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace connectors::postgres;
  engine::ByteCursor in(std::string_view(reinterpret_cast<const char*>(data), size));
  StreamSpool spool(std::filesystem::temp_directory_path());  // its files have no names
  TransactionReader reader({"fuzz", "public", "", {}, 1U << 12}, [](std::uint32_t type, std::int32_t) { return std::string(type % 2 ? "numeric(14,4)" : "bytea"); });
  reader.start({"fuzz", 1, 0}, 0);
  while (!in.at_end()) {
    const auto message = in.take(in.big<std::uint16_t>());
    if (!in.ok()) return 0;
    const auto kept = spool.take(message);
    if (!kept || (!*kept && !reader.feed(message))) return 0;
    while (spool.replaying()) {
      const auto next = spool.next();
      if (!next || !reader.feed(*next)) return 0;
    }
  }
  return 0;
}
