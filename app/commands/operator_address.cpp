#include "app/commands/operator_address.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "app/commands/json_view.h"
#include "engine/net/transport.h"

namespace app::commands {

namespace {

using engine::Errc;
using engine::fail;
using engine::Result;

constexpr char kTokenVariable[] = "MILLRACE_OPERATOR_TOKEN";
constexpr char kWayOut[] = "Start it with `millrace serve`, or name a server elsewhere with --server URL.";

std::string host_to_dial(const std::string& address) {
  if (address == "0.0.0.0") return "127.0.0.1";
  if (address == "::") return "[::1]";
  return address.find(':') == std::string::npos ? address : '[' + address + ']';
}

/// A name may begin with 127 and lead anywhere; digits and dots are an address.
bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace

Result<OperatorAddress> local_address(const std::filesystem::path& storage) {
  const auto file = (storage / "admin.json").string();
  std::error_code unknown;
  if (!std::filesystem::exists(file, unknown) && !unknown) {
    return fail(Errc::kUnavailable, "No Millrace is running here: there is no " + file + ". " + kWayOut);
  }
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fail(Errc::kUnavailable, "Cannot read " + file + " (" + std::strerror(errno) +
                                        "), which only the user of the server may: run this as that user, such as with sudo -u.");
  }
  std::ostringstream content;
  content << in.rdbuf();
  const auto document = JsonDocument::parse(content.str());
  const auto said = document ? document->root() : JsonView{};
  OperatorAddress found;
  const auto host = said.at("address").text(), port = said.at("port").text();
  found.token = engine::Secret(said.at("token").text());
  if (host.empty() || port.empty() || found.token.empty()) {
    return fail(
        Errc::kUnavailable,
        file + " does not say address, port and token: it is damaged or of another version. A restart of the server writes it anew.");
  }
  found.url = "http://" + host_to_dial(host) + ':' + port;
  found.when_nobody =
      "No Millrace is running here: " + file + " is left over from one that listened at " + host + ':' + port + " and is gone. " + kWayOut;
  return found;
}

Result<OperatorAddress> remote_address(const std::string& url, const std::string& ca_file, const Environment& environment) {
  const auto parsed = engine::net::parse_url(url);
  if (!parsed) return fail(Errc::kMalformed, "--server: " + parsed.error().detail);
  if (parsed->target != "/")
    return fail(Errc::kMalformed, "--server: expected scheme, host and port only, such as https://millrace.example.com");
  if (parsed->scheme == "http" && !is_this_machine(parsed->host)) {
    return fail(Errc::kMalformed, "--server: http would show the token to the network between here and " + parsed->host +
                                      "; use https, or a tunnel to this machine");
  }
  const auto token = environment(kTokenVariable);
  if (!token || token->empty())
    return fail(Errc::kMalformed, std::string("--server needs the operator's token in the environment variable ") + kTokenVariable);
  return OperatorAddress{parsed->scheme + "://" + parsed->authority(), engine::Secret(*token), ca_file,
                         "No Millrace answers at " + url + '.'};
}

}  // namespace app::commands
