#include "app/commands/record_text.h"

#include <string>
#include <utility>

#include "app/commands/command_output.h"

namespace app::commands {

namespace {
constexpr char kRedacted[] = "[redacted]";
}

void write_product(std::ostream& out, const JsonView& product) {
  out << '#' << shown(product, "id") << ' ' << shown(product, "title") << " [" << shown(product, "slug")
      << "] status=" << shown(product, "status")
      << " stock=" << (product.at("hasUnlimitedStock").truth() ? "unlimited" : shown(product, "totalStock"))
      << " updated=" << shown(product, "updatedAt") << '\n';
}

void write_order_line(std::ostream& out, const JsonView& order) {
  out << '#' << shown(order, "id") << ' ' << shown(order, "number") << " status=" << shown(order, "status")
      << " total=" << money(order.at("totalPrice")) << " created=" << shown(order, "dateCreated") << '\n';
}

void write_entry_line(std::ostream& out, const JsonView& entry) {
  out << '#' << shown(entry, "id") << ' ' << shown(entry, "title") << " [" << shown(entry, "slug")
      << "] section=" << shown(entry, "section") << " type=" << shown(entry, "type") << " status=" << shown(entry, "status") << '\n';
}

void write_section(std::ostream& out, const JsonView& section) {
  out << '#' << shown(section, "id") << ' ' << shown(section, "handle") << " (" << shown(section, "name")
      << ") type=" << shown(section, "type") << '\n';
}

void write_order(std::ostream& out, const JsonView& order) {
  const auto lines = order.at("lineItems").items();
  out << "Order " << shown(order, "number") << " (#" << shown(order, "id") << ")\n";
  out << "Status: " << shown(order, "status") << '\n';
  out << "Email: " << (order.at("emailRedacted").truth() ? kRedacted : shown(order, "email")) << '\n';
  out << "Total: " << money(order.at("totalPrice")) << '\n';
  out << "Created: " << shown(order, "dateCreated") << '\n';
  out << "Line items: " << lines.size() << '\n';
  for (const auto& line : lines) {
    out << "  - " << shown(line, "description") << " sku=" << shown(line, "sku") << " qty=" << shown(line, "qty")
        << " total=" << (line.at("total").null() ? kRedacted : money(line.at("total"))) << '\n';
  }
}

void write_entry(std::ostream& out, const JsonView& entry) {
  out << "Entry " << shown(entry, "title") << " (#" << shown(entry, "id") << ")\n";
  constexpr std::pair<const char*, const char*> kLines[] = {{"Slug", "slug"},     {"Section", "section"},   {"Type", "type"},
                                                            {"Status", "status"}, {"Updated", "updatedAt"}, {"URL", "url"}};
  for (const auto& [label, key] : kLines) out << label << ": " << shown(entry, key) << '\n';
}

}  // namespace app::commands
