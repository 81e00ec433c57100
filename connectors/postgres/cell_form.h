#pragma once
// What PostgreSQL's types are in our normalisation (row_change.h), and the texts it prints as cells. Chunks and stream both come as these texts.

#include <cstdint>
#include <string>
#include <string_view>

#include "connectors/row_change.h"

namespace connectors::postgres {

/// How a type's text becomes a cell.
enum class Form : std::uint8_t {
  kBoolean, kInteger, kDecimal, kReal, kText,
  kPadded,   ///< character(n): blanks at the end are padding, as MariaDB has it
  kBytes, kDate, kTime, kInstant, kJson,
  kBits,     ///< bit(n) of up to 63 bits: a number, as MariaDB has it
};

/// Of a type as format_type() prints it ("numeric(14,4)", "timestamp(0) without time zone"). What is not known is text.
/// numeric without a scale, or with one beyond 18 digits, is text: no fixed scale could hold it.
Form form_of(std::string_view type);

/// A column of this type, under this name.
Column column_of(std::string name, std::string type);

/// The text of a built-in type as format_type() prints it; empty: not one of those every cluster numbers alike.
std::string builtin_type(std::uint32_t oid, std::int32_t modifier);

/// A value as the server prints it under our session's settings (connection.h). `text` is UTF-8.
Cell cell_from_text(Form form, const Column& column, std::string_view text);

}  // namespace connectors::postgres
