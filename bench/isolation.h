#pragma once

#include "bench/harness.h"

namespace bench {

engine::Result<std::vector<std::pair<std::string, Report>>> isolation(const Settings& settings);

}  // namespace bench
