#include "connectors/mariadb/binlog_file.h"

namespace connectors {

using engine::Errc;
using engine::fail;

engine::Result<std::optional<BinlogEvent>> BinlogFile::next() {
  constexpr std::string_view kMagic = "\xfe" "bin";
  if (at_ == 0) {
    if (!bytes_.starts_with(kMagic)) return fail(Errc::kMalformed, "not a binlog: magic number");
    at_ = kMagic.size();
  }
  const auto rest = bytes_.substr(at_);
  if (rest.empty()) return std::optional<BinlogEvent>();
  auto header = decode_event_header(rest);
  if (!header) return header.take_error();
  auto event = decode_event(rest.substr(0, header->bytes), checksum_);
  if (!event) return event.take_error();
  if (event->header.type == EventType::kFormatDescription) {
    auto format = decode_format_description(event->body);
    if (!format) return format.take_error();
    checksum_ = format->checksum;
  }
  at_ += header->bytes;
  return std::optional(*event);
}

}  // namespace connectors
