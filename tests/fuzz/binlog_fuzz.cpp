// Any bytes are refused or decoded, never crashed on. Build: clang++ -fsanitize=fuzzer,address,undefined. Seeds: recorded binlog files.

#include <cstdint>
#include <cstdlib>

#include "connectors/mariadb/binlog_file.h"
#include "connectors/mariadb/transaction_assembler.h"

namespace {

struct NoSchema final : connectors::SchemaSource {
  engine::Result<std::shared_ptr<const connectors::TableSchema>> lookup(const std::string&) override { return std::shared_ptr<const connectors::TableSchema>(); }
  void forget(const std::string&) override {}
};

}  // namespace

/// The first byte chooses: a whole file, or events one behind the other without checksums, which mutations pass more easily.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  NoSchema schema;
  connectors::TransactionAssembler assembler({"fuzz", "craft", "", {}, 1U << 16}, schema);
  assembler.start({}, 0);
  if (bytes[0] == '\xfe') {
    connectors::BinlogFile file(bytes);
    for (;;) {
      auto event = file.next();
      if (!event || !*event || !assembler.feed(**event)) return 0;
    }
  }
  bytes.remove_prefix(1);
  for (;;) {
    const auto header = connectors::decode_event_header(bytes);
    if (!header || header->bytes > bytes.size()) return 0;
    const auto event = connectors::decode_event(bytes.substr(0, header->bytes), connectors::Checksum::kNone);
    if (!event || !assembler.feed(*event)) return 0;
    bytes.remove_prefix(header->bytes);
  }
}
