#include "connectors/mirror/statement.h"

#include <sqlite3.h>

#include <utility>

namespace connectors {

tl::unexpected<engine::Error> fail_sqlite(sqlite3* db, std::string_view doing) {
  using engine::Errc;
  const int code = sqlite3_errcode(db) & 0xff;
  Errc errc = Errc::kUnavailable;
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) errc = Errc::kMalformed;
  if (code == SQLITE_ERROR || code == SQLITE_MISMATCH || code == SQLITE_CONSTRAINT) errc = Errc::kMalformed;
  if (code == SQLITE_FULL) errc = Errc::kFull;
  return engine::fail(errc, std::string(doing) + ": " + sqlite3_errmsg(db));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

engine::Result<Statement> Statement::prepare(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail_sqlite(db, "prepare");
  if (statement == nullptr) return engine::fail(engine::Errc::kMalformed, "prepare: there is no statement");
  return Statement(statement);
}

void Statement::bind(int index, const Cell& cell) {
  struct Binder {
    sqlite3_stmt* statement;
    int index;
    void operator()(std::monostate) const { sqlite3_bind_null(statement, index); }
    void operator()(std::int64_t v) const { sqlite3_bind_int64(statement, index, v); }
    void operator()(double v) const { sqlite3_bind_double(statement, index, v); }
    void operator()(const std::string& v) const { sqlite3_bind_text64(statement, index, v.data(), v.size(), SQLITE_STATIC, SQLITE_UTF8); }
    void operator()(const Bytes& v) const {
      // A null pointer would bind NULL; an empty value is not NULL.
      sqlite3_bind_blob64(statement, index, v.data.empty() ? "" : v.data.data(), v.data.size(), SQLITE_STATIC);
    }
  };
  std::visit(Binder{statement_, index}, cell);
}

void Statement::bind_integer(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }

void Statement::bind_text(int index, std::string_view text) {
  sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

engine::Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto error = fail_sqlite(sqlite3_db_handle(statement_), "mirror");
  sqlite3_reset(statement_);
  return error;
}

engine::Result<void> Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return row.take_error();
    if (!*row) break;
  }
  reset();
  return engine::ok();
}

void Statement::reset() { sqlite3_reset(statement_); }

Cell Statement::cell(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(statement_, column);
    case SQLITE_FLOAT: return sqlite3_column_double(statement_, column);
    case SQLITE_TEXT: return std::string(text(column));
    case SQLITE_BLOB: {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
      return Bytes{std::string(data == nullptr ? "" : data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))};
    }
    default: return std::monostate{};
  }
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string quote_name(std::string_view name) {
  std::string out = "\"";
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out += '"';
}

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace connectors
