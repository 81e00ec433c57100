#pragma once
// Where the running server is, and with which token its operator comes in.

#include <filesystem>
#include <string>

#include "app/config.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace app::commands {

struct OperatorAddress {
  std::string url;  ///< scheme, host and port, without a path: "http://127.0.0.1:41234"
  engine::Secret token;
  std::string ca_file{};      ///< PEM that signs the server's certificate; empty: the system's store
  std::string when_nobody{};  ///< what to say where nobody listens there
};

/// Of the server that runs over this storage directory, as its admin.json says. kUnavailable: there is none (any more), or it belongs to
/// another user; the detail says which and what to do. Blocking (a small file).
engine::Result<OperatorAddress> local_address(const std::filesystem::path& storage);

/// Of a server elsewhere; its token stands in MILLRACE_OPERATOR_TOKEN. kMalformed: no URL, a URL with a path, no token; http to another
/// machine, which would show the token to the network.
engine::Result<OperatorAddress> remote_address(const std::string& url, const std::string& ca_file, const Environment& environment);

}  // namespace app::commands
