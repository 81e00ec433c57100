#pragma once
// The table [deliveries] of millrace.toml: what is kept and shown of all endpoints' deliveries.

#include "app/config_reader.h"
#include "app/deliveries_settings.h"

namespace app {

/// Every problem goes to the table's list.
void read_deliveries(TableReader table, DeliveriesSettings& settings);

}  // namespace app
