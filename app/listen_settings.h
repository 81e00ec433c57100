#pragma once
// The part of [server] that is about the network: TLS, trusted proxies, limits of one request.

#include "app/config.h"
#include "app/config_reader.h"

namespace app {

/// Reads tls_*, hsts_max_age, trusted_proxies and the max_*, *_timeout_seconds and min_* limits; every problem goes to the table's list.
/// The table's other settings are left to the caller.
void read_listen_settings(TableReader& table, ListenConfig& listen);

}  // namespace app
