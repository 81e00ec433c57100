#pragma once
#include "bench/harness.h"

namespace bench {
engine::Result<std::vector<std::pair<std::string, Report>>> feed_from_zero(const Settings& settings);
}
