#include "connectors/mariadb/row_decoder.h"

#include <bit>
#include <cstdlib>

#include "connectors/mariadb/cell_text.h"

namespace connectors {

using engine::ByteCursor;
using engine::Errc;
using engine::fail;
using engine::Result;
using Form = RowField::Form;

namespace {

bool bit_at(std::string_view bitmap, std::size_t i) { return static_cast<unsigned char>(bitmap[i / 8]) >> (i % 8) & 1; }

void put_unsigned(std::uint64_t value, Cell& out) {
  if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
    out = static_cast<std::int64_t>(value);
  } else {
    text_of(out) = std::to_string(value);
  }
}

void read_integer(ByteCursor& in, const RowField& field, Cell& out) {
  const auto value = in.little_bytes(field.width);
  if (field.is_unsigned) return put_unsigned(value, out);
  const unsigned spare = 64U - 8U * field.width;
  out = static_cast<std::int64_t>(value << spare) >> spare;
}

/// Microseconds of a fraction of `scale` digits, big-endian in (scale + 1) / 2 bytes.
unsigned read_fraction(ByteCursor& in, unsigned scale) {
  constexpr unsigned kUnit[] = {1, 10000, 100, 1};  // by the number of bytes
  const unsigned bytes = (scale + 1) / 2;
  return static_cast<unsigned>(in.big_bytes(bytes)) * kUnit[bytes];
}

void read_date(ByteCursor& in, Cell& out) {
  const auto packed = static_cast<unsigned>(in.little_bytes(3));
  print_date({.year = packed >> 9, .month = packed >> 5 & 15, .day = packed & 31}, text_of(out));
}

bool read_datetime(ByteCursor& in, const RowField& field, Cell& out) {
  constexpr std::uint64_t kZero = 0x8000000000;  // the sign bit, set for every legal value
  constexpr unsigned kMonths = 13;
  const auto packed = in.big_bytes(5);
  const auto micros = read_fraction(in, field.scale);
  if (packed < kZero) return false;
  const auto days = (packed - kZero) >> 17;
  const auto clock = static_cast<unsigned>(packed & 0x1ffff);
  const auto months = static_cast<unsigned>(days >> 5);
  print_instant({months / kMonths, months % kMonths, static_cast<unsigned>(days & 31), clock >> 12, clock >> 6 & 63, clock & 63, micros},
                text_of(out));
  return true;
}

void read_datetime_old(ByteCursor& in, Cell& out) {  // YYYYMMDDhhmmss as a decimal number
  const auto packed = in.little<std::uint64_t>();
  const auto date = static_cast<unsigned>(packed / 1000000 % 100000000);
  const auto clock = static_cast<unsigned>(packed % 1000000);
  print_instant({date / 10000, date / 100 % 100, date % 100, clock / 10000, clock / 100 % 100, clock % 100, 0}, text_of(out));
}

/// Three bytes of hours, minutes and seconds offset by the middle, then the fraction: one number, whose sign is the time's.
void read_time(ByteCursor& in, const RowField& field, Cell& out) {
  constexpr std::uint64_t kMiddle = 0x800000;
  const unsigned bytes = (field.scale + 1U) / 2;
  constexpr unsigned kUnit[] = {1, 10000, 100, 1};
  const auto packed = static_cast<std::int64_t>(in.big_bytes(3 + bytes)) - static_cast<std::int64_t>(kMiddle << (8 * bytes));
  const auto size = static_cast<std::uint64_t>(std::llabs(packed));
  const auto clock = static_cast<unsigned>(size >> (8 * bytes));
  const auto micros = static_cast<unsigned>(size & ((std::uint64_t{1} << (8 * bytes)) - 1)) * kUnit[bytes];
  print_time(packed < 0, {.hour = clock >> 12 & 1023, .minute = clock >> 6 & 63, .second = clock & 63, .micros = micros}, text_of(out));
}

void read_time_old(ByteCursor& in, Cell& out) {  // [-]HHMMSS as a decimal number
  const auto packed = static_cast<std::int32_t>(in.little_bytes(3) << 8) >> 8;
  const auto size = static_cast<unsigned>(std::abs(packed));
  print_time(packed < 0, {.hour = size / 10000 % 1000, .minute = size / 100 % 100, .second = size % 100}, text_of(out));
}

void read_bytes(ByteCursor& in, const RowField& field, Cell& out) {
  auto& bytes = bytes_of(out);
  bytes.assign(in.take(in.little_bytes(field.width)));
  if (field.form == Form::kFixedBytes && in.ok() && bytes.size() < field.size) bytes.resize(field.size, '\0');  // the binlog leaves trailing zeros out
}

/// UUID and INET, kept as BINARY(n), whose trailing zeros the binlog leaves out.
bool read_printed(ByteCursor& in, const RowField& field, Cell& out) {
  char block[16] = {};
  const auto stored = in.take(in.little_bytes(field.width));
  if (stored.size() > field.size || field.size > sizeof block) return false;
  stored.copy(block, stored.size());
  const std::string_view whole(block, field.size);
  auto& text = text_of(out);
  if (field.form == Form::kUuid) {
    print_uuid(whole, text);
  } else if (field.form == Form::kInet6) {
    print_inet6(whole, text);
  } else {
    print_inet4(whole, text);
  }
  return true;
}

bool read_enum(ByteCursor& in, const RowField& field, Cell& out) {
  const auto index = in.little_bytes(field.width);
  if (index > field.words.size()) return false;
  auto& text = text_of(out);
  if (index > 0) text = field.words[index - 1];  // 0 is the empty word of a refused value
  return true;
}

bool read_set(ByteCursor& in, const RowField& field, Cell& out) {
  const auto bits = in.little_bytes(field.width);
  auto& text = text_of(out);
  for (unsigned i = 0; i < 64; ++i) {
    if (!(bits >> i & 1)) continue;
    if (i >= field.words.size()) return false;
    if (!text.empty()) text.push_back(',');
    text.append(field.words[i]);
  }
  return true;
}

/// False: bytes that no such value has. A cursor run dry is the caller's to notice.
bool read_cell(ByteCursor& in, const RowField& field, Cell& out) {
  switch (field.form) {
    case Form::kInteger: read_integer(in, field, out); return true;
    case Form::kYear: {
      const auto year = in.little<std::uint8_t>();
      out = std::int64_t{year == 0 ? 0 : year + 1900};
      return true;
    }
    case Form::kFloat: out = static_cast<double>(std::bit_cast<float>(in.little<std::uint32_t>())); return true;
    case Form::kDouble: out = std::bit_cast<double>(in.little<std::uint64_t>()); return true;
    case Form::kDecimal: return read_decimal(in, field.size, field.scale, out);
    case Form::kBit: put_unsigned(in.big_bytes(field.width), out); return true;
    case Form::kText: to_utf8(field.charset, in.take(in.little_bytes(field.width)), text_of(out)); return true;
    case Form::kBytes:
    case Form::kFixedBytes: read_bytes(in, field, out); return true;
    case Form::kEnum: return read_enum(in, field, out);
    case Form::kSet: return read_set(in, field, out);
    case Form::kDate: read_date(in, out); return true;
    case Form::kTime: read_time(in, field, out); return true;
    case Form::kTimeOld: read_time_old(in, out); return true;
    case Form::kDatetime: return read_datetime(in, field, out);
    case Form::kDatetimeOld: read_datetime_old(in, out); return true;
    case Form::kTimestamp: {
      const auto seconds = in.big<std::uint32_t>();
      print_instant(moment_of(seconds, read_fraction(in, field.scale)), text_of(out));
      return true;
    }
    case Form::kTimestampOld: print_instant(moment_of(in.little<std::uint32_t>(), 0), text_of(out)); return true;
    case Form::kUuid:
    case Form::kInet6:
    case Form::kInet4: return read_printed(in, field, out);
  }
  return false;
}

}  // namespace

Result<void> RowLayout::decode(ByteCursor& in, std::string_view present, Row& out) const {
  const auto columns = fields_.size();
  if (present.size() != (columns + 7) / 8) return fail(Errc::kMalformed, "row of " + table_->name + ": column count differs from its table map");
  const auto nulls = in.take((columns + 7) / 8);
  if (!in.ok()) return fail(Errc::kTruncated, "row of " + table_->name + ": null bitmap cut off");
  out.resize(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    if (!bit_at(present, i)) {
      return fail(Errc::kUnsupported, "table " + table_->name + ": the binlog holds partial rows; SET GLOBAL binlog_row_image=FULL");
    }
    if (bit_at(nulls, i)) {
      out[i] = std::monostate{};
    } else if (!read_cell(in, fields_[i], out[i]) || !in.ok()) {
      return fail(in.blame(Errc::kMalformed), "row of " + table_->name + ", column " + table_->columns[i].name);
    }
  }
  return engine::ok();
}

}  // namespace connectors
