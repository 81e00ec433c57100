#include "connectors/mariadb/connection.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <unistd.h>

#include <mutex>

#include "engine/base/byte_writer.h"

// The read-ahead cache and the TLS session are in the library's plugin headers, installed with it; TLS is what Debian builds it with.
#define HAVE_TLS 1
typedef unsigned char uchar;
extern "C" {
#include <ma_pvio.h>
}

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr unsigned kSameServerId = 4052;  // ER_SLAVE_SAME_ID of the server; the client's headers do not have it

void set_options(MYSQL* mysql, const MariaDbOptions& options) {
  const auto connect_seconds = static_cast<unsigned>(options.connect_timeout.count());
  const auto read_seconds = static_cast<unsigned>(options.query_timeout.count());
  const std::size_t largest_packet = std::size_t{1} << 30;
  const my_bool yes = 1, no = 0;
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_seconds);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &read_seconds);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &read_seconds);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &largest_packet);
  mysql_options(mysql, MYSQL_INIT_COMMAND, "SET time_zone='+00:00', sql_mode=''");
  mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, nullptr);
  const bool verify = options.tls == MariaDbTls::kVerify;
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, options.tls == MariaDbTls::kOff ? &no : &yes);
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, verify ? &yes : &no);
  if (verify && !options.ca_file.empty()) mysql_options(mysql, MYSQL_OPT_SSL_CA, options.ca_file.c_str());
}

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name) out.append(c == '`' ? 2 : 1, c);
  return out + "`";
}

Result<std::unique_ptr<MariaDbConnection>> MariaDbConnection::open(const MariaDbOptions& options, StopSignal& stop) {
  std::unique_ptr<MariaDbConnection> connection(new MariaDbConnection(stop));
  if (auto established = connection->establish(options); !established) return established.take_error();
  return connection;
}

MariaDbConnection::~MariaDbConnection() {
  if (socket_ >= 0) stop_.forget(socket_);  // before the descriptor's number may be another's
  if (mysql_) mysql_close(mysql_);
}

Result<void> MariaDbConnection::establish(const MariaDbOptions& options) {
  static std::once_flag library;
  std::call_once(library, [] { mysql_server_init(0, nullptr, nullptr); });
  if (stop_.stopped()) return fail(Errc::kCancelled);
  mysql_ = mysql_init(nullptr);
  if (!mysql_) return fail(Errc::kUnavailable, "out of memory");
  set_options(mysql_, options);
  const std::string password(options.password.reveal());
  const bool local = !options.socket.empty();
  if (!mysql_real_connect(mysql_, local ? nullptr : options.host.c_str(), options.user.c_str(), password.c_str(), nullptr,
                          local ? 0 : options.port, local ? options.socket.c_str() : nullptr, 0)) {
    return error("connect to MariaDB at " + (local ? options.socket : options.host + ":" + std::to_string(options.port)));
  }
  socket_ = static_cast<int>(mysql_get_socket(mysql_));
  stop_.watch(socket_);
  if (stop_.stopped()) return fail(Errc::kCancelled);
  return engine::ok();
}

Result<void> MariaDbConnection::query_rows(std::string_view sql, const std::function<void(RowView)>& row) {
  if (mysql_real_query(mysql_, sql.data(), sql.size())) return error("query");
  MYSQL_RES* result = mysql_use_result(mysql_);
  if (!result) {
    if (mysql_field_count(mysql_) > 0) return error("query");
    return engine::ok();
  }
  std::vector<std::optional<std::string_view>> views(mysql_num_fields(result));
  while (MYSQL_ROW texts = mysql_fetch_row(result)) {
    const auto* lengths = mysql_fetch_lengths(result);
    for (std::size_t i = 0; i < views.size(); ++i) {
      views[i] = texts[i] ? std::optional<std::string_view>(std::in_place, texts[i], lengths[i]) : std::nullopt;
    }
    row(views);
  }
  const bool failed = mysql_errno(mysql_) != 0;
  mysql_free_result(result);
  if (failed) return error("read rows");
  return engine::ok();
}

Result<std::vector<MariaDbConnection::TextRow>> MariaDbConnection::query(std::string_view sql) {
  std::vector<TextRow> rows;
  auto done = query_rows(sql, [&rows](RowView row) {
    auto& out = rows.emplace_back();
    for (const auto& value : row) out.push_back(value ? std::optional<std::string>(*value) : std::nullopt);
  });
  if (!done) return done.take_error();
  return rows;
}

Result<void> MariaDbConnection::execute(std::string_view sql) {
  return query_rows(sql, [](RowView) {});
}

Result<std::string> MariaDbConnection::value(std::string_view sql) {
  auto rows = query(sql);
  if (!rows) return rows.take_error();
  return rows->empty() || rows->front().empty() ? std::string() : rows->front().front().value_or("");
}

std::string MariaDbConnection::quoted(std::string_view text) const {
  std::string out(text.size() * 2 + 1, '\0');
  out.resize(mysql_real_escape_string(mysql_, out.data(), text.data(), text.size()));
  return "'" + out + "'";
}

Result<void> MariaDbConnection::start_stream(std::uint32_t server_id, const std::string& gtids, std::chrono::milliseconds heartbeat) {
  const auto period = std::to_string(std::chrono::nanoseconds(heartbeat).count());
  // Capability 4: the server sends GTID and annotated events as they are. Strict mode stays off: holes in the numbers are legal.
  auto set = execute("SET @mariadb_slave_capability=4, @master_binlog_checksum=@@global.binlog_checksum, @master_heartbeat_period=" + period +
                     ", @slave_connect_state=" + quoted(gtids) + ", @slave_gtid_strict_mode=0, @slave_gtid_ignore_duplicates=0");
  if (!set) return set.take_error();
  auto agreed = value("SELECT @master_binlog_checksum");
  if (!agreed) return agreed.take_error();
  checksum_ = *agreed == "NONE" ? Checksum::kNone : Checksum::kCrc32;
  std::string registration;
  engine::ByteWriter(registration)
      .little(server_id)
      .raw(std::string_view("\0\0\0\0\0", 5))  // host, user, password: none; port 0
      .little(std::uint32_t{0})                 // rank
      .little(std::uint32_t{0});                // master's id: not known
  if (mysql_->methods->db_command(mysql_, COM_REGISTER_SLAVE, registration.data(), registration.size(), 0, nullptr)) return error("register as replica");
  std::string dump;  // position 4 of no file: the GTIDs decide
  engine::ByteWriter(dump).little(std::uint32_t{4}).little(std::uint16_t{0}).little(server_id);
  if (mysql_->methods->db_command(mysql_, COM_BINLOG_DUMP, dump.data(), dump.size(), 1, nullptr)) return error("ask for the binlog");
  return engine::ok();
}

bool MariaDbConnection::has_buffered() const {
  const auto* io = mysql_->net.pvio;
  if (!io) return true;  // closed: let the read say so
  if (io->cache && io->cache_pos < io->cache + io->cache_size) return true;
  return io->ctls && io->ctls->ssl && SSL_pending(static_cast<SSL*>(io->ctls->ssl)) > 0;
}

Result<std::optional<std::string_view>> MariaDbConnection::read_packet(std::chrono::milliseconds patience) {
  if (!has_buffered()) {
    pollfd waited[] = {{socket_, POLLIN, 0}, {stop_.descriptor(), POLLIN, 0}};
    const int ready = ::poll(waited, 2, static_cast<int>(patience.count()));
    if (waited[1].revents) return fail(Errc::kCancelled);
    if (ready <= 0) return std::optional<std::string_view>();
  }
  const auto bytes = mysql_net_read_packet(mysql_);
  if (bytes == packet_error) return error("read the binlog");
  const std::string_view packet(reinterpret_cast<const char*>(mysql_->net.read_pos), bytes);
  if (packet.empty()) return fail(Errc::kMalformed, "binlog stream: empty packet");
  if (packet[0] == '\xfe') return fail(Errc::kUnavailable, "the server ended the binlog stream");
  if (packet[0] != '\0') return fail(Errc::kMalformed, "binlog stream: unknown packet");
  return std::optional(packet.substr(1));
}

tl::unexpected<engine::Error> MariaDbConnection::error(std::string_view doing) const {
  if (stop_.stopped()) return fail(Errc::kCancelled);
  const unsigned code = mysql_errno(mysql_);
  const std::string text = mysql_error(mysql_);
  auto detail = std::string(doing) + ": " + text + " (" + std::to_string(code) + ")";
  switch (code) {
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
      return fail(Errc::kUnsupported, detail + "; check user and password, or as administrator: ALTER USER … IDENTIFIED BY …");
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
      return fail(Errc::kUnsupported, detail + "; GRANT SELECT ON <database>.* and GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO the user");
    case CR_SSL_CONNECTION_ERROR: return fail(Errc::kUnsupported, detail + "; check the server's TLS set-up, its certificate and our CA file");
    case kSameServerId: return fail(Errc::kUnsupported, detail + "; another replica has our server_id: give this source a server_id of its own");
    case ER_MASTER_FATAL_ERROR_READING_BINLOG: return fail(Errc::kConflict, detail);
    case ER_GTID_POSITION_NOT_FOUND_IN_BINLOG:
    case ER_GTID_POSITION_NOT_FOUND_IN_BINLOG2: return fail(Errc::kConflict, detail);
    case ER_NO_SUCH_TABLE:
    case ER_BAD_FIELD_ERROR:
    case ER_BAD_DB_ERROR: return fail(Errc::kNotFound, detail);
    default: break;
  }
  // The client's own errors are about the connection; of the server's, those that end it or that another try may mend.
  constexpr unsigned kClientErrors = 2000, kClientErrorsEnd = 3000;
  const bool passing = code == 0 || (code >= kClientErrors && code < kClientErrorsEnd) || code == ER_SERVER_SHUTDOWN || code == ER_CONNECTION_KILLED ||
                       code == ER_CON_COUNT_ERROR || code == ER_NET_READ_INTERRUPTED || code == ER_LOCK_WAIT_TIMEOUT || code == ER_LOCK_DEADLOCK ||
                       code == ER_TOO_MANY_USER_CONNECTIONS || code == ER_QUERY_INTERRUPTED || code == ER_TABLE_DEF_CHANGED;
  return fail(passing ? Errc::kUnavailable : Errc::kMalformed, detail);
}

}  // namespace connectors
