#pragma once
// A dead letter as operators see it.

#include <string_view>

#include "delivery/dead_letters.h"
#include "engine/base/json_writer.h"

namespace app::admin {

/// With its payload only where asked for: a list of a hundred does not carry a hundred documents.
void write_dead_letter(engine::JsonWriter& json, const delivery::DeadLetter& letter, bool payload);

void write_text_or_null(engine::JsonWriter& json, std::string_view text);
/// An id; null for zero.
void write_id_or_null(engine::JsonWriter& json, std::uint64_t id);

}  // namespace app::admin
