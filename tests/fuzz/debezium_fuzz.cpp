// Any record is refused or decoded, never crashed on. Build: clang++ -fsanitize=fuzzer,address,undefined.

#include <cstdint>
#include <cstdlib>

#include "connectors/debezium/envelope.h"

namespace {

constexpr const char* kTables = R"(CREATE TABLE t (id int NOT NULL PRIMARY KEY, a varchar(9), b decimal(14,4), c bigint unsigned, d tinyint(1), e double, f date,
  g time, h datetime, i datetime(6), j timestamp, k varbinary(9), l bit(12), m json, n year);)";

}  // namespace

/// The first byte chooses: a value, a key, a transaction mark, or the text of a schema.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto kSchema = *connectors::read_declared_schema(kTables, connectors::DatabaseKind::kMariaDb, "");
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto& table = kSchema.tables.at("t");
  connectors::EnvelopeDecoder decoder(kSchema, {});
  switch (data[0] % 4) {
    case 0: {
      const auto first = decoder.decode(bytes, &table);
      const auto again = decoder.decode(bytes, &table);  // by the bytes of its schema
      if (first.has_value() != again.has_value()) std::abort();
      if (first && first->has_value() && ((*first)->row.after != (*again)->row.after || (*first)->row.before != (*again)->row.before)) std::abort();
      break;
    }
    case 1: (void)decoder.decode_tombstone(bytes, table); break;
    case 2: (void)decoder.decode_mark(bytes); break;
    default: (void)connectors::read_declared_schema(bytes, size % 2 ? connectors::DatabaseKind::kMariaDb : connectors::DatabaseKind::kPostgres, "");
  }
  return 0;
}
