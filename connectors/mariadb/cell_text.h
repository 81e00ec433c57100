#pragma once
// The printed forms in Cell's normalisation (row_change.h), shared by the row decoder and the chunk reader so that both give equal rows.

#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/row_change.h"
#include "engine/base/byte_cursor.h"

namespace connectors {

/// The cell's text, made empty but keeping its memory where it was a text before.
std::string& text_of(Cell& cell);
/// The cell's bytes, likewise.
std::string& bytes_of(Cell& cell);

struct Moment {  // fields as the server stores them; zero dates ("2026-00-00") are legal in MariaDB
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
};
void print_date(const Moment& moment, std::string& out);
/// A zero fraction is left out, any other has six digits.
void print_instant(const Moment& moment, std::string& out);
/// Hours have at least two digits, as MariaDB prints them.
void print_time(bool negative, const Moment& moment, std::string& out);
/// Seconds since 1970 as UTC; 0 is TIMESTAMP's zero date.
Moment moment_of(std::uint32_t unix_seconds, unsigned micros);

/// MariaDB's packed DECIMAL(precision, scale). False: the bytes are no such number or end early.
bool read_decimal(engine::ByteCursor& in, unsigned precision, unsigned scale, Cell& out);

/// 16 bytes in the order MariaDB keeps a UUID, 16 bytes, 4 bytes, in network order.
void print_uuid(std::string_view stored, std::string& out);
void print_inet6(std::string_view address, std::string& out);
void print_inet4(std::string_view address, std::string& out);

/// A value as the server's text protocol gives it. `text` must be UTF-8 for kinds other than kBytes.
Cell cell_from_text(const Column& column, std::string_view text);

}  // namespace connectors
