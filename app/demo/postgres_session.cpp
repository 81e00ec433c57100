#include "app/demo/postgres_session.h"

#include <libpq-fe.h>

#include <regex>

namespace app::demo {
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

// What MariaDB has under these names. The clock can be set, for dates of rows.
constexpr const char* kFunctions = R"(
CREATE FUNCTION utc_timestamp() RETURNS timestamp LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(to_timestamp(nullif(current_setting('sample.now', true), '')::float8) AT TIME ZONE 'UTC',
                  date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC')) $$;
CREATE FUNCTION unix_timestamp() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT extract(epoch FROM utc_timestamp())::bigint $$;
CREATE FUNCTION last_insert_id() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT lastval() $$;
CREATE FUNCTION database() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_schema()::text $$;
CREATE FUNCTION substring_index(text, text, int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT array_to_string((string_to_array($1, $2))[1:$3], $2) $$;
CREATE FUNCTION insert(text, int, int, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT overlay($1 PLACING $4 FROM $2 FOR $3) $$;
CREATE FUNCTION md5(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT md5($1::text) $$;
)";

constexpr const char* kIdsBehindThoseGiven = R"(DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT table_name AS t, column_name AS n FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES' LOOP
    EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 0) + 1, false) FROM %I', quote_ident(c.t), c.n, c.n, c.t);
  END LOOP; END $$)";

class PostgresSession final : public SqlSession {
 public:
  explicit PostgresSession(SqlAddress address) : address_(std::move(address)) {}
  ~PostgresSession() override { PQfinish(connection_); }
  Result<void> open(const std::string& database);
  Result<std::vector<SqlRow>> rows(std::string_view statement) override { return ask(in_postgres(statement)); }
  std::string quote(std::string_view text) const override;
  Result<void> enter(const std::string& database) override;
  Result<void> make_tables(std::string_view script) override { return done(tables_in_postgres(script)); }
  Result<void> ids_were_given() override { return done(kIdsBehindThoseGiven); }
  Result<void> set_now(std::optional<std::int64_t> seconds) override {
    return done("SELECT set_config('sample.now', '" + (seconds ? std::to_string(*seconds) : std::string()) + "', false)");
  }

 private:
  Result<std::vector<SqlRow>> ask(const std::string& sql);
  Result<void> done(const std::string& sql);
  SqlAddress address_;
  PGconn* connection_ = nullptr;
};

Result<void> PostgresSession::open(const std::string& database) {
  const auto port = std::to_string(address_.port);
  const auto& host = address_.socket.empty() ? address_.host : address_.socket;
  const char* const keys[] = {"host", "port", "user", "password", "dbname", "client_encoding", "options", "connect_timeout", nullptr};
  const char* const values[] = {host.c_str(), port.c_str(), address_.user.c_str(), address_.password.c_str(), database.c_str(), "UTF8", "-c TimeZone=UTC", "10", nullptr};
  PQfinish(connection_);
  connection_ = PQconnectdbParams(keys, values, 0);
  if (PQstatus(connection_) != CONNECTION_OK) return fail(Errc::kUnavailable, PQerrorMessage(connection_));
  PQsetNoticeProcessor(connection_, [](void*, const char*) {}, nullptr);
  return engine::ok();
}

Result<void> PostgresSession::enter(const std::string& database) {
  auto there = number("SELECT COUNT(*) FROM pg_database WHERE datname = " + quote(database));
  if (!there) return there.take_error();
  if (*there == 0) {
    if (auto made = done("CREATE DATABASE \"" + database + "\""); !made) return made;
  }
  if (auto opened = open(database); !opened) return opened;
  auto known = number("SELECT COUNT(*) FROM pg_proc WHERE proname = 'substring_index'");
  if (!known) return known.take_error();
  return *known > 0 ? engine::ok() : done(kFunctions);
}

Result<std::vector<SqlRow>> PostgresSession::ask(const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_, sql.c_str()), &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) return fail(Errc::kConflict, PQerrorMessage(connection_));
  std::vector<SqlRow> rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    auto& row = rows[static_cast<std::size_t>(i)];
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      auto& value = row.emplace_back();
      if (!PQgetisnull(result.get(), i, column)) value.emplace(PQgetvalue(result.get(), i, column), static_cast<std::size_t>(PQgetlength(result.get(), i, column)));
    }
  }
  return rows;
}

Result<void> PostgresSession::done(const std::string& sql) {
  auto ignored = ask(sql);
  if (!ignored) return ignored.take_error();
  return engine::ok();
}

std::string PostgresSession::quote(std::string_view text) const {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

bool in_a_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string column_in_postgres(std::string line) {
  static const std::pair<std::regex, const char*> kTypes[] = {
      {std::regex(R"(\bint NOT NULL AUTO_INCREMENT\b)"), "int GENERATED BY DEFAULT AS IDENTITY"},
      {std::regex(R"(\btinyint\(1\))"), "smallint"},
      {std::regex(R"(\b(tiny|small|big)?int(\(\d+\))? unsigned\b)"), "bigint"},
      {std::regex(R"(\bdatetime\b)"), "timestamp(0)"},
      {std::regex(R"(\b(long|medium)text\b)"), "text"},
      {std::regex(R"( CHARACTER SET \w+( COLLATE \w+)?)"), ""},
      {std::regex(R"( CHECK \(json_valid\(\w+\)\))"), ""},
      {std::regex(R"(\benum\([^)]*\))"), "varchar(255)"},
      {std::regex(R"(\bdecimal(\([^)]*\))( unsigned)?)"), "numeric$1"},
      {std::regex(R"(\bdouble\b)"), "double precision"},
  };
  for (const auto& [pattern, replacement] : kTypes) line = std::regex_replace(line, pattern, replacement);
  return line;
}

/// A table's body in its parts, which end in a comma at the end of a line.
std::vector<std::string> parts_of(std::string_view body) {
  std::vector<std::string> parts(1);
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty() || line.starts_with("--")) continue;
    const bool last = line.ends_with(',');
    parts.back().append(parts.back().empty() ? "" : " ").append(line.substr(0, line.size() - last));
    if (last) parts.emplace_back();
  }
  return parts;
}

}  // namespace

Result<std::unique_ptr<SqlSession>> connect_postgres(const SqlAddress& address) {
  auto session = std::make_unique<PostgresSession>(address);
  if (auto opened = session->open(address.database.empty() ? "postgres" : address.database); !opened) return opened.take_error();
  return std::unique_ptr<SqlSession>(std::move(session));
}

std::string in_postgres(std::string_view statement) {
  std::string rest(statement), out;
  std::string_view behind;
  if (statement.starts_with("SET @")) {
    const auto equals = statement.find(" = ");
    out = "SELECT set_config('sample." + std::string(statement.substr(5, equals - 5)) + "', (";
    rest = statement.substr(equals + 3);
    behind = ")::text, false)";
  }
  if (statement.starts_with("ALTER TABLE")) rest = rest.substr(0, rest.find(" AFTER "));
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '\'') {
      const auto end = std::min(rest.find('\'', i + 1), rest.size() - 1);
      out.append(rest, i, end - i + 1);
      i = end;
    } else if (c == '`') {
      out += '"';
    } else if (c == '@') {
      auto end = i + 1;
      while (end < rest.size() && in_a_name(rest[end])) ++end;
      out += "current_setting('sample." + rest.substr(i + 1, end - i - 1) + "')::bigint";
      i = end - 1;
    } else {
      out += c;
    }
  }
  return out.append(behind);
}

std::string tables_in_postgres(std::string_view script) {
  static const std::regex kUnique(R"(^UNIQUE KEY (\w+))");
  constexpr std::string_view kTable = "\nCREATE TABLE ", kEnd = "\n);";
  std::string tables, keys;
  for (auto at = script.find(kTable); at != std::string_view::npos; at = script.find(kTable, at)) {
    at += kTable.size();
    const auto open = script.find(" (", at), end = script.find(kEnd, at);
    const std::string name(script.substr(at, open - at));
    std::string columns;
    for (const auto& part : parts_of(script.substr(open + 2, end - open - 2))) {
      if (part.find("FOREIGN KEY") != std::string::npos) {
        keys += "ALTER TABLE " + name + " ADD " + part + ";\n";
      } else if (!part.starts_with("KEY ") && !part.starts_with("INDEX ")) {
        columns += (columns.empty() ? "" : ", ") + column_in_postgres(std::regex_replace(part, kUnique, "CONSTRAINT $1 UNIQUE"));
      }
    }
    tables += "CREATE TABLE " + name + " (" + columns + ");\n";
    at = end;
  }
  return in_postgres(tables + keys);
}

}  // namespace app::demo
