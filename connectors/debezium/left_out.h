#pragma once
// The mark that Debezium writes where PostgreSQL logged no value: a large one that the update left alone.

#include <simdjson.h>

namespace connectors {

/// True for Debezium's default unavailable.value.placeholder in any of its forms: as text, as bytes in base64 or hexadecimal, as an array that holds it, as an
/// array of its bytes, as the one pair of an hstore. A column of such a value is refused or completed, never taken for one.
bool is_left_out(const simdjson::dom::element& value);

}  // namespace connectors
