#pragma once
#include "bench/harness.h"

namespace bench {

engine::Result<std::vector<std::pair<std::string, Report>>> idle_tls_memory(const Settings& settings);

}  // namespace bench
