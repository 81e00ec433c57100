#include "connectors/debezium/cell_value.h"

#include <charconv>
#include <cstdio>

#include "connectors/debezium/decimal_bytes.h"
#include "connectors/debezium/left_out.h"
#include "engine/base/text_codec.h"
#include "engine/base/utc.h"

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;
using Form = Encoding::Form;
using Kind = Column::Kind;
using simdjson::dom::element;
using simdjson::dom::element_type;

namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicros;
constexpr std::int64_t kMostDays = 4'000'000;  // beyond the year 9999 in either direction; also keeps the arithmetic inside 64 bits
constexpr std::size_t kBytesOfLong = 8;

tl::unexpected<engine::Error> wrong(std::string_view expected) { return fail(Errc::kMalformed, "expected " + std::string(expected)); }

std::optional<std::string> bytes_of(std::string_view text, DebeziumModes::Binary binary) {
  switch (binary) {
    case DebeziumModes::Binary::kBase64: return engine::from_base64(text);
    case DebeziumModes::Binary::kBase64Url: {
      while (text.ends_with('=')) text.remove_suffix(1);
      return engine::from_base64url(text);
    }
    case DebeziumModes::Binary::kHex: return engine::from_hex(text);
  }
  return std::nullopt;
}

/// Since the epoch or midnight, in microseconds; nullopt: beyond what dates can be.
std::optional<std::int64_t> micros_of(std::int64_t value, Form form) {
  std::int64_t micros = 0;
  switch (form) {
    case Form::kMillis:
      if (__builtin_mul_overflow(value, 1000, &micros)) return std::nullopt;
      break;
    case Form::kNanos: micros = value / 1000 - (value % 1000 < 0 ? 1 : 0); break;
    case Form::kDays:
      if (std::abs(value) > kMostDays) return std::nullopt;
      micros = value * kMicrosPerDay;
      break;
    default: micros = value;
  }
  if (micros / kMicrosPerDay > kMostDays || micros / kMicrosPerDay < -kMostDays) return std::nullopt;
  return micros;
}

std::string time_text(std::int64_t micros) {
  const bool negative = micros < 0;
  const auto all = static_cast<std::uint64_t>(negative ? -micros : micros);
  const auto seconds = all / kMicros;
  char text[48];
  const auto fraction = static_cast<unsigned>(all % kMicros);
  const int size = std::snprintf(text, sizeof text, "%s%02llu:%02llu:%02llu", negative ? "-" : "", static_cast<unsigned long long>(seconds / 3600),
                                 static_cast<unsigned long long>(seconds / 60 % 60), static_cast<unsigned long long>(seconds % 60));
  if (fraction != 0) std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), ".%06u", fraction);
  return text;
}

/// ISO 8601 with 'T' or a blank, a fraction of any length, and a zone or none (then UTC); nullopt: another form.
std::optional<engine::WallTime> instant_of(std::string_view text) {
  if (text.size() < 19) return std::nullopt;
  auto local = std::string(text.substr(0, 19));
  local[10] = ' ';
  auto rest = text.substr(19);
  if (rest.starts_with('.')) {
    const auto end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end == 1) return std::nullopt;
    local += rest.substr(0, std::min<std::size_t>(end, 7));
    rest.remove_prefix(end);
  }
  auto instant = engine::parse_sql_datetime(local);
  if (!instant || rest.empty() || rest == "Z") return instant;
  if ((rest[0] != '+' && rest[0] != '-') || rest.size() != 6 || rest[3] != ':') return std::nullopt;
  unsigned hours = 0, minutes = 0;
  const auto number = [](std::string_view digits, unsigned& into) { return std::from_chars(digits.data(), digits.data() + 2, into).ptr == digits.data() + 2; };
  if (!number(rest.substr(1, 2), hours) || !number(rest.substr(4, 2), minutes) || hours > 18 || minutes > 59) return std::nullopt;
  const auto shift = std::chrono::minutes(hours * 60 + minutes);
  return rest[0] == '+' ? *instant - shift : *instant + shift;
}

Result<Cell> temporal(const element& value, Form form, Kind kind) {
  if (std::int64_t number = 0; !value.get(number)) {
    if (form == Form::kPlain) return wrong("a text");
    const auto micros = micros_of(number, form);
    if (!micros) return wrong("an instant between the years 0 and 9999");
    if (kind == Kind::kTime) return Cell{time_text(*micros)};
    const auto text = engine::sql_datetime(engine::WallTime(std::chrono::microseconds(*micros)));
    return Cell{kind == Kind::kDate ? text.substr(0, 10) : text};
  }
  std::string_view text;
  if (value.get(text)) return wrong("a number or a text");
  if (kind == Kind::kInstant) {
    const auto instant = instant_of(text);
    if (!instant) return wrong("an ISO 8601 instant");
    return Cell{engine::sql_datetime(*instant)};
  }
  while (text.ends_with('Z')) text.remove_suffix(1);
  if (kind == Kind::kDate) {
    if (text.size() != 10 || !engine::parse_sql_datetime(std::string(text) + " 00:00:00")) return wrong("an ISO 8601 date");
    return Cell{std::string(text)};
  }
  const auto of_day = instant_of("1970-01-01 " + std::string(text));
  if (!of_day) return wrong("an ISO 8601 time");
  return Cell{time_text(of_day->time_since_epoch().count())};
}

Result<Cell> bits(std::string_view text, DebeziumModes::Binary binary) {
  const auto bytes = bytes_of(text, binary);
  if (!bytes || bytes->size() > kBytesOfLong) return wrong("at most 8 bytes of bits");
  std::uint64_t number = 0;
  for (std::size_t i = bytes->size(); i-- > 0;) number = number << 8 | static_cast<unsigned char>((*bytes)[i]);
  return Cell{static_cast<std::int64_t>(number)};
}

/// A number that stands in base64, as decimal text with its point.
Result<std::string> number_text(std::string_view base64, int scale) {
  const auto bytes = engine::from_base64(base64);
  const auto digits = bytes ? integer_text(*bytes) : std::nullopt;
  if (!digits) return wrong("base64 of a number");
  return *digits + "E" + std::to_string(-scale);
}

Result<Cell> decimal(std::string_view text, const Column& column) {
  auto cell = scaled_decimal(text, column.kind == Kind::kDecimal ? column.scale : 0);
  if (!cell) return wrong("a number with at most " + std::to_string(column.scale) + " digits behind the point");
  return std::move(*cell);
}

/// kText of a NUMERIC without precision: its digits as they are.
std::string plain_number(const std::string& with_exponent) {
  const auto e = with_exponent.find('E');
  const int power = std::atoi(with_exponent.c_str() + e + 1);
  auto digits = with_exponent.substr(0, e);
  if (power >= 0) return digits.append(static_cast<std::size_t>(power), '0');
  const bool negative = digits.starts_with('-');
  if (negative) digits.erase(0, 1);
  const auto scale = static_cast<std::size_t>(-power);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  digits.insert(digits.size() - scale, 1, '.');
  return (negative ? "-" : "") + digits;
}

Result<Cell> from_decimal_form(const std::string& with_exponent, const Column& column) {
  if (column.kind == Kind::kText) return Cell{plain_number(with_exponent)};
  if (column.kind != Kind::kDecimal && column.kind != Kind::kInteger) return wrong("another type than a decimal number");
  return decimal(with_exponent, column);
}

Result<Cell> plain(const element& value, const Column& column) {
  std::string_view text;
  const bool is_text = !value.get(text);
  switch (column.kind) {
    case Kind::kInteger:
      if (bool flag = false; !value.get(flag)) return Cell{std::int64_t{flag}};
      if (std::int64_t number = 0; !value.get(number)) return Cell{number};
      if (std::uint64_t number = 0; !value.get(number)) return Cell{std::to_string(number)};
      return is_text ? decimal(text, column) : wrong("a whole number");
    case Kind::kDecimal: return decimal(is_text ? std::string(text) : simdjson::minify(value), column);
    case Kind::kReal:
      if (double number = 0; !value.get(number)) return Cell{number};
      return wrong("a number");
    case Kind::kText:
    case Kind::kJson: return Cell{is_text ? std::string(text) : simdjson::minify(value)};
    case Kind::kBytes:
      if (is_text) return wrong("a schema, or a setting, that says how bytes are written");
      return Cell{Bytes{simdjson::minify(value)}};
    case Kind::kDate:
    case Kind::kTime:
    case Kind::kInstant: return temporal(value, Form::kPlain, column.kind);
  }
  return wrong("a known kind");
}

}  // namespace

Result<Cell> cell_of_value(const element& value, const Encoding& encoding, const Column& column) {
  if (value.is_null()) return Cell{};
  std::string_view text;
  const bool is_text = !value.get(text);
  if (is_left_out(value)) {
    return fail(Errc::kUnsupported, "the database left the value out of its log; ALTER TABLE … REPLICA IDENTITY FULL makes records to come complete");
  }
  const bool is_time = column.kind == Kind::kDate || column.kind == Kind::kTime || column.kind == Kind::kInstant;
  switch (encoding.form) {
    case Form::kPlain: return plain(value, column);
    case Form::kDays:
    case Form::kMillis:
    case Form::kMicros:
    case Form::kNanos: return is_time ? temporal(value, encoding.form, column.kind) : wrong("another type than a time");
    case Form::kDecimalBytes: {
      if (!is_text) return plain(value, column);  // decimal.handling.mode=double, or the converter's decimal.format=numeric
      auto number = number_text(text, encoding.scale);
      if (!number) return number.take_error();
      return from_decimal_form(*number, column);
    }
    case Form::kVariableScale: {
      std::int64_t scale = 0;
      std::string_view digits;
      if (!value.is_object()) return plain(value, column);
      if (value["scale"].get(scale) || value["value"].get(digits) || scale < 0 || scale > 64) return wrong("scale and value of a number");
      auto number = number_text(digits, static_cast<int>(scale));
      if (!number) return number.take_error();
      return from_decimal_form(*number, column);
    }
    case Form::kBits: return is_text ? bits(text, encoding.binary) : plain(value, column);
    case Form::kBytes: {
      if (column.kind == Kind::kInteger && is_text) return bits(text, encoding.binary);
      if (!is_text) return wrong("bytes as a text");
      auto bytes = bytes_of(text, encoding.binary);
      if (!bytes) return wrong("bytes in base64 or hexadecimal, as configured");
      return Cell{Bytes{std::move(*bytes)}};
    }
  }
  return wrong("a known encoding");
}

}  // namespace connectors
