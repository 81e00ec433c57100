#pragma once
// What mapping SQL has beyond SQLite's own functions: ts, url, money, percent_encode, and the collation source_ci.
// Described for authors of mappings in connectors/mappings/README.md.

#include <string>

struct sqlite3;

namespace connectors {

/// Makes them known to a connection. False: SQLite refused (out of memory).
bool register_sql_functions(sqlite3* db);

/// `scaled` / 10^`scale` as a JSON number: no trailing zeros, no fraction where it is whole.
std::string money_text(long long scaled, int scale);

}  // namespace connectors
