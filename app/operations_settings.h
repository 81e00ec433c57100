#pragma once
// What the configuration says about operations.

#include "app/operations/lifecycle.h"
#include "app/operations/notification_config.h"
#include "app/operations/reliability.h"

namespace app {

struct OperationsSettings {
  operations::LagThresholds lag;
  operations::LifecycleThresholds lifecycle;
  operations::MetadataMap metadata;  ///< of managed credentials, by handle
};

}  // namespace app
