#include "connectors/mirror/sql_functions.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>

#include "engine/base/fold.h"
#include "engine/base/utc.h"
#include "engine/net/http_syntax.h"

namespace connectors {
namespace {

std::string_view text_of(sqlite3_value* value) {
  const auto* data = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void answer(sqlite3_context* context, std::string_view text) {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

bool all_digits(std::string_view text, std::initializer_list<std::size_t> places) {
  return std::all_of(places.begin(), places.end(), [text](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; });
}

/// ts(x): "YYYY-MM-DD HH:MM:SS[.f]" -> "YYYY-MM-DDTHH:MM:SSZ"; null stays null; what is no instant (a zero date) is null.
void sql_ts(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto text = text_of(arguments[0]);
  const bool shaped = text.size() >= 19 && text[4] == '-' && text[7] == '-' && text[10] == ' ' && text[13] == ':' && text[16] == ':' &&
                      all_digits(text, {0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18});
  if (!shaped || text.substr(5, 2) == "00" || text.substr(8, 2) == "00") return sqlite3_result_null(context);
  char out[20];
  std::copy_n(text.data(), 19, out);
  out[10] = 'T';
  out[19] = 'Z';
  answer(context, {out, 20});
}

/// url(base, uri): null where the uri is null or empty; "__home__" is the base itself; a blank becomes %20.
void sql_url(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto uri = text_of(arguments[1]);
  if (uri.empty()) return sqlite3_result_null(context);
  std::string out(text_of(arguments[0]));
  if (uri != "__home__") {
    for (char c : uri) c == ' ' ? out.append("%20") : out.append(1, c);
  }
  answer(context, out);
}

/// money(scaled, scale): JSON number text; null stays null; a decimal too large for 64 bits arrives as text and stays as it is.
void sql_money(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  if (sqlite3_value_type(arguments[0]) != SQLITE_INTEGER) return answer(context, text_of(arguments[0]));
  answer(context, money_text(sqlite3_value_int64(arguments[0]), std::clamp(sqlite3_value_int(arguments[1]), 0, 18)));
}

/// percent_encode(path): RFC 3986 unreserved characters and "/" stay.
void sql_percent_encode(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  answer(context, engine::net::percent_encode(text_of(arguments[0]), "/"));
}

int compare_folded(void*, int a_bytes, const void* a, int b_bytes, const void* b) {
  const auto left = engine::folded({static_cast<const char*>(a), static_cast<std::size_t>(a_bytes)});
  return left.compare(engine::folded({static_cast<const char*>(b), static_cast<std::size_t>(b_bytes)}));
}

}  // namespace

std::string money_text(long long scaled, int scale) {
  const bool negative = scaled < 0;
  auto digits = std::to_string(negative ? 0 - static_cast<unsigned long long>(scaled) : static_cast<unsigned long long>(scaled));
  if (digits.size() <= static_cast<std::size_t>(scale)) digits.insert(0, static_cast<std::size_t>(scale) + 1 - digits.size(), '0');
  auto fraction = digits.substr(digits.size() - static_cast<std::size_t>(scale));
  digits.resize(digits.size() - static_cast<std::size_t>(scale));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty()) digits += "." + fraction;
  return negative ? "-" + digits : digits;
}

bool register_sql_functions(sqlite3* db) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  return sqlite3_create_function_v2(db, "ts", 1, kFlags, nullptr, sql_ts, nullptr, nullptr, nullptr) == SQLITE_OK &&
         sqlite3_create_function_v2(db, "url", 2, kFlags, nullptr, sql_url, nullptr, nullptr, nullptr) == SQLITE_OK &&
         sqlite3_create_function_v2(db, "money", 2, kFlags, nullptr, sql_money, nullptr, nullptr, nullptr) == SQLITE_OK &&
         sqlite3_create_function_v2(db, "percent_encode", 1, kFlags, nullptr, sql_percent_encode, nullptr, nullptr, nullptr) == SQLITE_OK &&
         sqlite3_create_collation_v2(db, "source_ci", SQLITE_UTF8, nullptr, compare_folded, nullptr) == SQLITE_OK;
}

}  // namespace connectors
