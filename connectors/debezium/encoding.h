#pragma once
// How Debezium wrote one column into JSON: said by the message's schema, or concluded from the declared column and the connector's settings.

#include <string>
#include <string_view>

#include "connectors/debezium/declared_schema.h"

namespace connectors {

/// Settings of the Debezium connector that messages without a schema do not show. The defaults are Debezium's.
struct DebeziumModes {
  enum class Decimals : std::uint8_t { kPrecise, kString, kDouble };         ///< decimal.handling.mode
  enum class Times : std::uint8_t { kAdaptive, kAdaptiveMicroseconds, kConnect };  ///< time.precision.mode
  enum class Binary : std::uint8_t { kBase64, kBase64Url, kHex };            ///< binary.handling.mode (bytes is base64)
  Decimals decimals = Decimals::kPrecise;
  Times times = Times::kAdaptive;  ///< MariaDB knows adaptive_time_microseconds only, which is taken for it
  Binary binary = Binary::kBase64;
};

struct Encoding {
  enum class Form : std::uint8_t {
    kPlain,         ///< number, boolean, text as they are; of temporal columns an ISO 8601 text
    kDays,          ///< since the epoch
    kMillis,        ///< since the epoch, or of the day
    kMicros,
    kNanos,
    kDecimalBytes,  ///< base64 of a big-endian two's complement number, scaled by `scale`
    kVariableScale, ///< {"scale", "value": base64}
    kBits,          ///< base64 of little-endian bytes
    kBytes,         ///< as DebeziumModes::Binary says
  };
  Form form = Form::kPlain;
  int scale = 0;  ///< kDecimalBytes
  DebeziumModes::Binary binary = DebeziumModes::Binary::kBase64;
};

/// From a field of a message's schema: `type` ("int64"), `name` ("io.debezium.time.MicroTimestamp", may be empty), `scale` of parameters.
/// kUnsupported: a logical type we do not read.
engine::Result<Encoding> encoding_of_field(std::string_view type, std::string_view name, int scale, const DebeziumModes& modes);

/// Where there is no schema.
Encoding encoding_of_column(const Column& column, unsigned precision, DatabaseKind database, const DebeziumModes& modes);

}  // namespace connectors
