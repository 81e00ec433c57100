#pragma once
// The store below the storage directory, with every room's families.

#include <memory>

#include "app/config.h"
#include "engine/store/store.h"

namespace app {

/// Opens it, making what is missing. kConflict: another process (a running server) holds it; else the store's errors. Blocking.
engine::Result<std::unique_ptr<engine::store::Store>> open_data_store(const StorageConfig& storage);

}  // namespace app
