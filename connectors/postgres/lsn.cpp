#include "connectors/postgres/lsn.h"

#include <charconv>
#include <cstdio>

namespace connectors::postgres {

using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

template <class Number>
bool whole(std::string_view text, Number& into, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into, base);
  return error == std::errc{} && end == text.data() + text.size();
}

/// The text behind "name=", up to the next ";"; empty where there is none.
std::string_view field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto part = text.substr(0, end);
    if (part.starts_with(name) && part.size() > name.size() && part[name.size()] == '=') return part.substr(name.size() + 1);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

std::string print(Lsn lsn) {
  char text[24];
  const int size = std::snprintf(text, sizeof text, "%X/%X", static_cast<unsigned>(lsn >> 32), static_cast<unsigned>(lsn));
  return {text, static_cast<std::size_t>(size)};
}

Result<Lsn> parse_lsn(std::string_view text) {
  const auto slash = text.find('/');
  std::uint32_t high = 0, low = 0;
  if (slash == std::string_view::npos || !whole(text.substr(0, slash), high, 16) || !whole(text.substr(slash + 1), low, 16)) {
    return fail(Errc::kMalformed, "no WAL position: " + std::string(text));
  }
  return static_cast<Lsn>(high) << 32 | low;
}

std::string print(const WalPosition& position) {
  return "system=" + position.system + ";timeline=" + std::to_string(position.timeline) + ";lsn=" + print(position.lsn);
}

Result<WalPosition> parse_wal_position(std::string_view text) {
  WalPosition out;
  out.system = field(text, "system");
  auto lsn = parse_lsn(field(text, "lsn"));
  if (!lsn || out.system.empty() || !whole(field(text, "timeline"), out.timeline, 10)) {
    return fail(Errc::kMalformed, "no position of a PostgreSQL source: " + std::string(text));
  }
  out.lsn = *lsn;
  return out;
}

}  // namespace connectors::postgres
