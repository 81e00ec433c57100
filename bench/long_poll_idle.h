#pragma once
#include "bench/harness.h"

namespace bench {
engine::Result<std::vector<std::pair<std::string, Report>>> long_poll_idle(const Settings& settings);
}  // namespace bench
