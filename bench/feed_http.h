#pragma once
#include "bench/harness.h"

namespace bench {
engine::Result<std::vector<std::pair<std::string, Report>>> feed_page(const Settings& settings);
engine::Result<std::vector<std::pair<std::string, Report>>> feed_empty(const Settings& settings);
}  // namespace bench
