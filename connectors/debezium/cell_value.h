#pragma once
// One JSON value of a Debezium row as a cell in the one normalised form (row_change.h).

#include <simdjson.h>

#include "connectors/debezium/encoding.h"

namespace connectors {

/// kMalformed: the value is not what its encoding and the declared column allow; the detail says what was expected, not the value.
/// kUnsupported: the source database left the value out ("__debezium_unavailable_value").
engine::Result<Cell> cell_of_value(const simdjson::dom::element& value, const Encoding& encoding, const Column& column);

}  // namespace connectors
