#pragma once
// The tables [operations] and [notifications] of millrace.toml.

#include <functional>
#include <string>

#include "app/config_reader.h"
#include "app/operations_settings.h"
#include "engine/base/secret.h"

namespace app {

/// Reads KEY, KEY_file or KEY_env.
using SecretReader = std::function<engine::Secret(TableReader& table, const std::string& key)>;

void read_operations(TableReader table, OperationsSettings& settings);
void read_notifications(TableReader table, operations::NotificationConfig& config, const SecretReader& secret);

}  // namespace app
