#pragma once
// Reads [source.postgres].

#include <functional>
#include <string>

#include "connectors/postgres/postgres_options.h"
#include "engine/base/secret.h"

namespace app {

class TableReader;

/// Every problem names its setting. `secret` reads a secret that stands in the text, in a file or in the environment.
void read_postgres(TableReader table, connectors::PostgresOptions& options, const std::function<engine::Secret(TableReader&, const std::string&)>& secret);

}  // namespace app
