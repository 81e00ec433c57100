#include "connectors/kafka/sink_cursor.h"

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace connectors {

using engine::Result;

namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

Result<std::optional<feed::Offset>> SinkCursor::load() const {
  auto stored = store_.get(store_.family(kSinkFamily), name_);
  if (!stored) return stored.take_error();
  if (!*stored) return std::optional<feed::Offset>();
  engine::ByteCursor in(**stored);
  const auto version = in.big<std::uint8_t>();
  const std::string log_id(in.text());
  const feed::Offset next{in.big<std::uint64_t>()};
  if (version != kVersion || !in.ok() || !in.at_end()) return engine::fail(engine::Errc::kMalformed, "the cursor of sink " + name_);
  return log_id == log_id_ ? std::optional(next) : std::nullopt;
}

Result<void> SinkCursor::save(feed::Offset next) {
  std::string bytes;
  engine::ByteWriter(bytes).big(kVersion).text(log_id_).big(next.value);
  engine::store::Batch batch;
  batch.put(store_.family(kSinkFamily), name_, bytes);
  return store_.write(batch, engine::store::Durability::kBuffered);
}

}  // namespace connectors
