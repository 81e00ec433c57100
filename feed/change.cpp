#include "feed/change.h"

#include "engine/base/byte_writer.h"
#include "engine/base/text_codec.h"

namespace feed {

std::string_view name(Action action) {
  switch (action) {
    case Action::kNone: return "none";
    case Action::kCreated: return "created";
    case Action::kUpdated: return "updated";
    case Action::kDeleted: return "deleted";
  }
  return "none";
}

std::string text(EventId id) {
  std::string bytes;
  engine::ByteWriter(bytes).big(id.value);
  return "evt_" + engine::to_hex(bytes);
}

}  // namespace feed
