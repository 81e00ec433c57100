#include "connectors/postgres/replication_stream.h"

#include <poll.h>

#include <algorithm>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace connectors::postgres {

using engine::ByteCursor;
using engine::Errc;
using engine::fail;
using engine::Result;
using std::chrono::milliseconds;

namespace {

// The process that served our last connection ends a moment after it.
constexpr int kTriesForSlot = 40;
constexpr milliseconds kBetweenTries{50};

bool stopped_within(const StopSignal& stop, milliseconds pause) {
  pollfd waited{stop.descriptor(), POLLIN, 0};
  return ::poll(&waited, 1, static_cast<int>(pause.count())) > 0;
}

std::string command(const PostgresOptions& options, Lsn from) {
  return "START_REPLICATION SLOT " + quoted_name(options.slot) + " LOGICAL " + print(from) + " (proto_version '1', publication_names " +
         quoted(quoted_name(options.publication)) + ")";
}

}  // namespace

Result<std::unique_ptr<ReplicationStream>> ReplicationStream::start(const PostgresOptions& options, StopSignal& stop, Lsn from) {
  for (int i = 1;; ++i) {
    auto connection = Connection::open(options, stop, Connection::Purpose::kReplication);
    if (!connection) return connection.take_error();
    auto started = (*connection)->start_copy(command(options, from));
    if (started) return std::unique_ptr<ReplicationStream>(new ReplicationStream(std::move(*connection), from));
    const auto& error = started.error();
    if (error.code == Errc::kNotFound) return fail(Errc::kConflict, "the replication slot is gone: " + error.detail);
    const bool busy = error.code == Errc::kUnavailable && error.detail.find("is active") != std::string::npos;
    if (!busy || i == kTriesForSlot) return started.take_error();
    if (stopped_within(stop, kBetweenTries)) return fail(Errc::kCancelled);
  }
}

Result<std::optional<ReplicationStream::Frame>> ReplicationStream::read(milliseconds patience) {
  constexpr std::size_t kPlaces = 2 * sizeof(std::uint64_t);  // where it begins, where the WAL ends
  auto bytes = connection_->read_copy(patience);
  if (!bytes) return bytes.take_error();
  if (!*bytes) return std::optional<Frame>();
  ByteCursor in(**bytes);
  const auto kind = in.big<std::uint8_t>();
  Frame frame;
  if (kind == 'w') {
    in.skip(kPlaces);
    frame.clock = std::chrono::microseconds(in.big<std::uint64_t>());
    frame.message = in.rest();
    if (!in.ok() || frame.message.empty()) return fail(Errc::kMalformed, "replication stream: a frame that ends early");
    heard_ = frame.clock;
    return std::optional(frame);
  }
  if (kind != 'k') return fail(Errc::kMalformed, "replication stream: a frame of unknown kind");
  frame.sent = in.big<std::uint64_t>();
  frame.clock = std::chrono::microseconds(in.big<std::uint64_t>());
  const bool asked = in.big<std::uint8_t>() != 0;
  if (!in.ok()) return fail(Errc::kMalformed, "replication stream: a keepalive that ends early");
  heard_ = frame.clock;
  if (asked) {
    if (auto told = report(passed_, false); !told) return told.take_error();
  }
  return std::optional(frame);
}

void ReplicationStream::acknowledge(Lsn durable) { acknowledged_ = std::max(acknowledged_, durable); }

Result<void> ReplicationStream::report(Lsn passed, bool answer) {
  passed_ = std::max(passed_, passed);
  std::string message;
  engine::ByteWriter(message)
      .big(static_cast<std::uint8_t>('r'))
      .big(std::max(passed_, acknowledged_))
      .big(acknowledged_)
      .big(acknowledged_)
      .big(static_cast<std::uint64_t>(heard_.count()))  // in the place of our clock: release_from_the_dead() looks at it
      .big(static_cast<std::uint8_t>(answer));
  return connection_->write_copy(message);
}

}  // namespace connectors::postgres
