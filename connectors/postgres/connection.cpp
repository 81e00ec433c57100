#include "connectors/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>

namespace connectors::postgres {

using engine::Errc;
using engine::fail;
using engine::Result;
using std::chrono::milliseconds;

namespace {

// What decides how values are printed; wal_sender_timeout, because rendering a first snapshot may leave the stream unread for minutes.
constexpr const char* kSettings =
    "-c TimeZone=UTC -c DateStyle=ISO,YMD -c IntervalStyle=postgres -c bytea_output=hex -c extra_float_digits=1 -c standard_conforming_strings=on "
    "-c xmloption=content -c wal_sender_timeout=120s";

const char* ssl_mode(PostgresTls tls) {
  switch (tls) {
    case PostgresTls::kOff: return "disable";
    case PostgresTls::kRequired: return "require";
    case PostgresTls::kVerify: return "verify-full";
  }
  return "verify-full";
}

struct Refusal {
  const char* state;  // SQLSTATE, or the class that is its first two characters
  Errc code;
  const char* way_out;
};
constexpr Refusal kRefusals[] = {
    {"42501", Errc::kUnsupported, "GRANT USAGE ON SCHEMA and SELECT ON ALL TABLES IN SCHEMA to the user, and for the stream ALTER ROLE … REPLICATION"},
    {"42P01", Errc::kNotFound, ""},
    {"42703", Errc::kNotFound, ""},
    {"3D000", Errc::kNotFound, ""},
    {"42704", Errc::kNotFound, ""},                   // no such slot, publication, …
    {"58P01", Errc::kConflict, ""},                   // the WAL segment asked for is removed
    {"55006", Errc::kUnavailable, ""},                // the slot is in use by another connection
    {"53400", Errc::kUnsupported, "ALTER SYSTEM SET max_replication_slots = 10, and restart the server"},
    {"53300", Errc::kUnavailable, ""},                // too many connections or walsenders
    {"40", Errc::kUnavailable, ""},                   // deadlock, serialization
    {"57", Errc::kUnavailable, ""},                   // shut down, starting up, cancelled
    {"08", Errc::kUnavailable, ""},
    {"53", Errc::kUnavailable, ""},
    {"28", Errc::kUnsupported, "check user and password, and that pg_hba.conf lets the user in"},
};

/// Texts of refusals while connecting, where libpq tells no SQLSTATE.
constexpr Refusal kConnecting[] = {
    {"password", Errc::kUnsupported, "check user and password"},
    {"pg_hba.conf", Errc::kUnsupported, "give the user a line in pg_hba.conf (replication connections to a database count as connections to it)"},
    {"certificate", Errc::kUnsupported, "check the server's certificate and our tls_ca"},
    {"does not support SSL", Errc::kUnsupported, "switch ssl on in postgresql.conf, or tls off here"},
    {"must be superuser or replication role", Errc::kUnsupported, "ALTER ROLE … REPLICATION"},
    {"\" does not exist", Errc::kUnsupported, "check user and database"},
};

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string with_way_out(std::string text, std::string_view way_out) { return way_out.empty() ? text : text.append("; ").append(way_out); }

// kReadyToSend is what "OK" is for a command that starts a COPY; all others are answers of queries.
bool fine(ExecStatusType status) { return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_BOTH || status == PGRES_EMPTY_QUERY; }

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::size_t Connection::RowView::size() const { return static_cast<std::size_t>(PQnfields(result_)); }

std::optional<std::string_view> Connection::RowView::operator[](std::size_t column) const {
  const int at = static_cast<int>(column);
  if (PQgetisnull(result_, row_, at)) return std::nullopt;
  return std::string_view(PQgetvalue(result_, row_, at), static_cast<std::size_t>(PQgetlength(result_, row_, at)));
}

Result<std::unique_ptr<Connection>> Connection::open(const PostgresOptions& options, StopSignal& stop, Purpose purpose) {
  std::unique_ptr<Connection> connection(new Connection(stop, options.query_timeout));
  if (auto established = connection->establish(options, purpose); !established) return established.take_error();
  return connection;
}

Connection::~Connection() {
  if (message_) PQfreemem(message_);
  if (connection_) PQfinish(connection_);
}

/// Any of `events` on our socket; false: the time is up.
Result<bool> Connection::wait(short events, milliseconds patience) const {
  pollfd waited[] = {{PQsocket(connection_), events, 0}, {stop_.descriptor(), POLLIN, 0}};
  const int ready = ::poll(waited, 2, static_cast<int>(patience.count()));
  if (waited[1].revents) return fail(Errc::kCancelled);
  return ready > 0 && waited[0].revents != 0;
}

Result<void> Connection::establish(const PostgresOptions& options, Purpose purpose) {
  const auto port = std::to_string(options.port);
  const std::string password(options.password.reveal());
  std::vector<const char*> keys, values;
  const auto set = [&](const char* key, const char* value) {
    keys.push_back(key);
    values.push_back(value);
  };
  set("host", options.host.c_str());
  set("port", port.c_str());
  set("user", options.user.c_str());
  set("password", password.c_str());
  set("dbname", options.database.c_str());
  set("application_name", "millrace");
  set("client_encoding", "UTF8");
  set("options", kSettings);
  set("gssencmode", "disable");
  set("sslmode", ssl_mode(options.tls));
  if (!options.ca_file.empty()) set("sslrootcert", options.ca_file.c_str());
  set("keepalives_idle", "30");
  set("keepalives_interval", "10");
  set("keepalives_count", "3");
  if (purpose == Purpose::kReplication) set("replication", "database");
  keys.push_back(nullptr);
  values.push_back(nullptr);
  connection_ = PQconnectStartParams(keys.data(), values.data(), 0);
  if (!connection_) return fail(Errc::kUnavailable, "out of memory");
  const auto where = "connect to PostgreSQL at " + options.host + ":" + port;
  for (auto polled = PGRES_POLLING_WRITING; PQstatus(connection_) != CONNECTION_BAD && polled != PGRES_POLLING_OK; polled = PQconnectPoll(connection_)) {
    if (polled == PGRES_POLLING_FAILED) break;
    auto ready = wait(polled == PGRES_POLLING_READING ? POLLIN : POLLOUT, options.connect_timeout);
    if (!ready) return ready.take_error();
    if (!*ready) return fail(Errc::kUnavailable, where + ": no answer");
  }
  if (PQstatus(connection_) == CONNECTION_OK) return engine::ok();
  return lost(where);
}

tl::unexpected<engine::Error> Connection::lost(std::string_view doing) const {
  const auto text = std::string(doing) + ": " + without_line_end(PQerrorMessage(connection_));
  for (const auto& known : kConnecting) {
    if (text.find(known.state) != std::string::npos) return fail(known.code, with_way_out(text, known.way_out));
  }
  return fail(Errc::kUnavailable, text);
}

tl::unexpected<engine::Error> Connection::refused(std::string_view doing, const pg_result* result) const {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (!state || PQstatus(connection_) == CONNECTION_BAD) return lost(doing);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const auto text = std::string(doing) + ": " + (primary ? primary : "the server refused") + " (" + state + ")";
  for (const auto& known : kRefusals) {
    if (std::string_view(state).starts_with(known.state)) return fail(known.code, with_way_out(text, known.way_out));
  }
  return fail(Errc::kMalformed, text);
}

/// The next answer to what was sent; nullptr: there is no more. The caller frees it.
Result<pg_result*> Connection::result(std::string_view doing) {
  for (;;) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return lost(doing);
    if (unsent == 0 && !PQisBusy(connection_)) break;
    auto ready = wait(unsent > 0 ? POLLIN | POLLOUT : POLLIN, patience_);
    if (!ready) return ready.take_error();
    if (!*ready) return fail(Errc::kUnavailable, std::string(doing) + ": no answer");
    if (!PQconsumeInput(connection_)) return lost(doing);
  }
  return PQgetResult(connection_);
}

Result<void> Connection::query_rows(std::string_view sql, const std::function<void(RowView)>& row) {
  if (stop_.stopped()) return fail(Errc::kCancelled);
  if (!PQsendQuery(connection_, std::string(sql).c_str())) return lost("query");
  Result<void> outcome;
  for (;;) {
    auto next = result("query");
    if (!next) return next.take_error();
    if (!*next) return outcome;
    const std::unique_ptr<pg_result, void (*)(pg_result*)> held(*next, PQclear);
    if (!fine(PQresultStatus(held.get()))) {
      if (outcome) outcome = refused("query", held.get());
      continue;
    }
    for (int i = 0; outcome && i < PQntuples(held.get()); ++i) row(RowView(held.get(), i));
  }
}

Result<std::vector<Connection::TextRow>> Connection::query(std::string_view sql) {
  std::vector<TextRow> rows;
  auto done = query_rows(sql, [&rows](RowView row) {
    auto& out = rows.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) out.push_back(row[i] ? std::optional<std::string>(*row[i]) : std::nullopt);
  });
  if (!done) return done.take_error();
  return rows;
}

Result<void> Connection::execute(std::string_view sql) {
  return query_rows(sql, [](RowView) {});
}

Result<std::string> Connection::value(std::string_view sql) {
  auto rows = query(sql);
  if (!rows) return rows.take_error();
  return rows->empty() || rows->front().empty() ? std::string() : rows->front().front().value_or("");
}

int Connection::server_version() const { return PQserverVersion(connection_); }
int Connection::backend() const { return PQbackendPID(connection_); }

Result<void> Connection::start_copy(std::string_view command) {
  constexpr auto kDoing = "start the stream";
  if (stop_.stopped()) return fail(Errc::kCancelled);
  if (!PQsendQuery(connection_, std::string(command).c_str())) return lost(kDoing);
  auto first = result(kDoing);
  if (!first) return first.take_error();
  if (!*first) return fail(Errc::kUnavailable, "start the stream: no answer");
  const std::unique_ptr<pg_result, void (*)(pg_result*)> held(*first, PQclear);
  if (PQresultStatus(held.get()) == PGRES_COPY_BOTH) return engine::ok();
  return refused(kDoing, held.get());
}

tl::unexpected<engine::Error> Connection::end_of_copy() {
  auto last = result("read the stream");
  if (!last) return last.take_error();
  if (!*last) return fail(Errc::kUnavailable, "the server ended the stream");
  const std::unique_ptr<pg_result, void (*)(pg_result*)> held(*last, PQclear);
  if (fine(PQresultStatus(held.get()))) return fail(Errc::kUnavailable, "the server ended the stream");
  return refused("read the stream", held.get());
}

Result<std::optional<std::string_view>> Connection::read_copy(milliseconds patience) {
  if (stop_.stopped()) return fail(Errc::kCancelled);
  if (message_) PQfreemem(message_);
  message_ = nullptr;
  for (;;) {
    const int size = PQgetCopyData(connection_, &message_, 1);
    if (size > 0) return std::optional(std::string_view(message_, static_cast<std::size_t>(size)));
    if (size < 0) return size == -1 ? end_of_copy() : lost("read the stream");
    auto ready = wait(POLLIN, patience);
    if (!ready) return ready.take_error();
    if (!*ready) return std::optional<std::string_view>();
    if (!PQconsumeInput(connection_)) return lost("read the stream");
  }
}

Result<void> Connection::write_copy(std::string_view message) {
  if (PQputCopyData(connection_, message.data(), static_cast<int>(message.size())) < 0) return lost("write to the stream");
  if (PQflush(connection_) < 0) return lost("write to the stream");
  return engine::ok();
}

}  // namespace connectors::postgres
