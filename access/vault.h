#pragma once
// Secrets at rest. Each stands sealed in the store under a name; the master key that opens them never does.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/crypto/aead.h"
#include "engine/crypto/random.h"
#include "engine/store/store.h"

namespace trust {

/// Threads: any. Blocking: every method but open() of nothing; call through engine::on_pool().
class Vault {
 public:
  /// Everything stored must open with `master` or with one of `retired`; what only a retired key opens is sealed again with `master`
  /// (that is how a master key is rotated). kDenied: a secret opens with none of the keys; `detail` names it and says what to do.
  static engine::Result<std::unique_ptr<Vault>> open(engine::store::Store& store, engine::crypto::AeadKey master,
                                                     const std::vector<engine::crypto::AeadKey>& retired, engine::crypto::Random& random);

  /// The secret of that name; kNotFound: there is none.
  engine::Result<engine::Secret> get(std::string_view name) const;
  /// Durable on return.
  engine::Result<void> put(std::string_view name, const engine::Secret& secret);
  /// The same inside somebody's batch.
  void stage(engine::store::Batch& batch, std::string_view name, const engine::Secret& secret);
  void stage_erase(engine::store::Batch& batch, std::string_view name);
  /// The key of that name, 32 random bytes made once.
  engine::Result<engine::Secret> key(std::string_view name);
  /// How many secrets a retired key had sealed when the vault was opened.
  std::size_t resealed() const { return resealed_; }

 private:
  Vault(engine::store::Store& store, engine::crypto::AeadKey master, engine::crypto::Random& random);
  engine::Result<void> reseal(const std::vector<engine::crypto::AeadKey>& retired);

  engine::store::Store& store_;
  engine::store::Family secrets_;
  engine::crypto::AeadKey master_;
  engine::crypto::Random& random_;
  std::mutex making_;  // two who want the same new key get one
  std::size_t resealed_ = 0;
};

}  // namespace trust
