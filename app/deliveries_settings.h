#pragma once
// What the configuration says about what is kept and shown of deliveries.

#include <chrono>
#include <cstddef>

#include "delivery/attempt_log.h"

namespace app {

struct DeliveriesSettings {
  delivery::AttemptRetention attempts;
  std::chrono::hours keep_delivered{24 * 30};  ///< dead letters, after they arrived; zero: for ever
  std::size_t metrics_endpoints = 100;         ///< with series of their own; 0: none
};

}  // namespace app
