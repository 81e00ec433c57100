#pragma once
// Products, orders, entries and sections as lines of text, in the recorded form.

#include <ostream>

#include "app/commands/json_view.h"

namespace app::commands {

using WriteRow = void (*)(std::ostream& out, const JsonView& row);

/// One line each; what a list has behind "- ".
void write_product(std::ostream& out, const JsonView& product);
void write_order_line(std::ostream& out, const JsonView& order);
void write_entry_line(std::ostream& out, const JsonView& entry);
void write_section(std::ostream& out, const JsonView& section);

/// Several lines. What the server redacted is marked so.
void write_order(std::ostream& out, const JsonView& order);
void write_entry(std::ostream& out, const JsonView& entry);

}  // namespace app::commands
