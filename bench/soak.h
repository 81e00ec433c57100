#pragma once
#include "bench/harness.h"

namespace bench {

engine::Result<std::vector<std::pair<std::string, Report>>> soak(const Settings& settings);

}  // namespace bench
