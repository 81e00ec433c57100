#include "connectors/debezium/encoding.h"

#include <array>
#include <utility>

namespace connectors {

using Form = Encoding::Form;
using Kind = Column::Kind;

namespace {

struct Named {
  std::string_view name;
  Form form;
};
// Logical types of Debezium and of Kafka Connect. Those that are plain texts (Json, Enum, EnumSet, Uuid, Xml, the ISO times) stand here too, so that any
// other name is one we really do not know.
constexpr std::array kNamed = {
    Named{"io.debezium.time.Date", Form::kDays},
    Named{"io.debezium.time.Time", Form::kMillis},
    Named{"io.debezium.time.MicroTime", Form::kMicros},
    Named{"io.debezium.time.NanoTime", Form::kNanos},
    Named{"io.debezium.time.Timestamp", Form::kMillis},
    Named{"io.debezium.time.MicroTimestamp", Form::kMicros},
    Named{"io.debezium.time.NanoTimestamp", Form::kNanos},
    Named{"io.debezium.time.ZonedTimestamp", Form::kPlain},
    Named{"io.debezium.time.ZonedTime", Form::kPlain},
    Named{"io.debezium.time.IsoDate", Form::kPlain},
    Named{"io.debezium.time.IsoTime", Form::kPlain},
    Named{"io.debezium.time.IsoTimestamp", Form::kPlain},
    Named{"io.debezium.time.Year", Form::kPlain},
    Named{"org.apache.kafka.connect.data.Date", Form::kDays},
    Named{"org.apache.kafka.connect.data.Time", Form::kMillis},
    Named{"org.apache.kafka.connect.data.Timestamp", Form::kMillis},
    Named{"org.apache.kafka.connect.data.Decimal", Form::kDecimalBytes},
    Named{"io.debezium.data.VariableScaleDecimal", Form::kVariableScale},
    Named{"io.debezium.data.Bits", Form::kBits},
    Named{"io.debezium.data.Json", Form::kPlain},
    Named{"io.debezium.data.Enum", Form::kPlain},
    Named{"io.debezium.data.EnumSet", Form::kPlain},
    Named{"io.debezium.data.Uuid", Form::kPlain},
    Named{"io.debezium.data.Xml", Form::kPlain},
    Named{"io.debezium.data.Ltree", Form::kPlain},
};

Form of_time(bool time_of_day, unsigned precision, DatabaseKind database, DebeziumModes::Times times) {
  if (times == DebeziumModes::Times::kConnect) return Form::kMillis;
  if (time_of_day && (database == DatabaseKind::kMariaDb || times == DebeziumModes::Times::kAdaptiveMicroseconds)) return Form::kMicros;
  return precision <= 3 ? Form::kMillis : Form::kMicros;
}

}  // namespace

engine::Result<Encoding> encoding_of_field(std::string_view type, std::string_view name, int scale, const DebeziumModes& modes) {
  Encoding out;
  out.binary = modes.binary;
  out.scale = scale;
  if (name.empty()) {
    if (type == "bytes") {
      out.form = Form::kBytes;
      out.binary = DebeziumModes::Binary::kBase64;  // what the JSON converter makes of bytes, whatever the connector's mode
    }
    return out;
  }
  for (const Named& known : kNamed) {
    if (known.name != name) continue;
    out.form = known.form;
    return out;
  }
  return engine::fail(engine::Errc::kUnsupported, "fields of type " + std::string(name) + " are not read");
}

Encoding encoding_of_column(const Column& column, unsigned precision, DatabaseKind database, const DebeziumModes& modes) {
  Encoding out;
  out.binary = modes.binary;
  switch (column.kind) {
    case Kind::kDecimal:
      if (modes.decimals == DebeziumModes::Decimals::kPrecise) out = {Form::kDecimalBytes, column.scale, modes.binary};
      break;
    case Kind::kDate: out.form = Form::kDays; break;
    case Kind::kTime: out.form = of_time(true, precision, database, modes.times); break;
    case Kind::kInstant: out.form = of_time(false, precision, database, modes.times); break;
    case Kind::kBytes: out.form = Form::kBytes; break;
    case Kind::kInteger:
      if (column.source_type.starts_with("bit(") && precision > 1) out.form = Form::kBits;
      break;
    case Kind::kText:
      if (column.source_type == "numeric" && modes.decimals == DebeziumModes::Decimals::kPrecise) out.form = Form::kVariableScale;
      break;
    case Kind::kReal:
    case Kind::kJson: break;
  }
  return out;
}

}  // namespace connectors
