#pragma once
// One change of the feed as one line of JSON, as `millrace export` writes it and `millrace import` reads it.

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "feed/change.h"

namespace app::transfer {

/// Appends the line with its end. Instants have microseconds, parts stand as they are stored, bytes without a text form in base64. Offsets are told, and not read
/// back: an import gives its own.
void append_change_line(std::string& out, const feed::StoredChange& stored);

/// Threads: one at a time. Keeps a buffer.
class ChangeLineReader {
 public:
  ChangeLineReader();
  ~ChangeLineReader();
  /// Needs type, id, action and updatedAt; what else an export writes has a default (origin "import", event id and content hash over what stands in the line).
  /// kMalformed: the detail names the member and what it may be, not its value.
  engine::Result<feed::Change> read(std::string_view line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// True for a line that is a Debezium envelope, with or without its schema.
bool looks_like_debezium(std::string_view line);

}  // namespace app::transfer
