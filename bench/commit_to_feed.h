#pragma once
#include "bench/harness.h"

namespace bench {
engine::Result<std::vector<std::pair<std::string, Report>>> commit_to_feed(const Settings& settings);
}
