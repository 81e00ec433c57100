#pragma once
// Secrets in files: the master key that opens the store's secrets, and the way in for the operator of this machine.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/crypto/aead.h"

namespace app {

struct SecretsConfig {
  engine::Secret master_key{};                       ///< 64 hexadecimal digits; empty: the file `secret.key` in the storage directory, made where missing
  std::vector<engine::Secret> retired_keys{};        ///< earlier master keys: what only they open is sealed anew at start
};

struct MasterKeys {
  engine::crypto::AeadKey master;
  std::vector<engine::crypto::AeadKey> retired;
  bool made = false;  ///< the key file was made just now
};
/// kMalformed: not a key, kDenied: the file may be read by others, kUnavailable: it cannot be read or made; `detail` says which and what to do. Blocking.
engine::Result<MasterKeys> master_keys(const SecretsConfig& config, const std::filesystem::path& storage, engine::crypto::Random& random);

/// How a command on this machine reaches the running server.
struct AdminAccess {
  std::string address;
  std::uint16_t port = 0;
  engine::Secret token;
};
inline std::filesystem::path admin_access_file(const std::filesystem::path& storage) { return storage / "admin.json"; }
/// Written beside and renamed, readable by its owner only. kUnavailable: it cannot be written. Blocking.
engine::Result<void> write_admin_access(const std::filesystem::path& file, const AdminAccess& access);

}  // namespace app
