#include "access/vault.h"

#include "access/key_schema.h"

namespace trust {

using engine::Errc;
using engine::Result;
using engine::Secret;
using engine::crypto::AeadKey;

namespace {
constexpr std::size_t kKeyBytes = 32;
}

Vault::Vault(engine::store::Store& store, AeadKey master, engine::crypto::Random& random)
    : store_(store), secrets_(store.family(kSecretsFamily)), master_(std::move(master)), random_(random) {}

Result<std::unique_ptr<Vault>> Vault::open(engine::store::Store& store, AeadKey master, const std::vector<AeadKey>& retired, engine::crypto::Random& random) {
  std::unique_ptr<Vault> vault(new Vault(store, std::move(master), random));
  if (auto done = vault->reseal(retired); !done) return done.take_error();
  return vault;
}

Result<void> Vault::reseal(const std::vector<AeadKey>& retired) {
  engine::store::Batch batch;
  {
    auto walk = store_.iterate(secrets_);
    for (walk.seek({}); walk.valid(); walk.next()) {
      const std::string name(walk.key());
      if (engine::crypto::unseal(master_, name, walk.value())) continue;
      std::optional<Secret> found;
      for (const auto& key : retired) {
        if (auto opened = engine::crypto::unseal(key, name, walk.value())) found = std::move(*opened);
      }
      if (!found) {
        return engine::fail(Errc::kDenied, "the master key does not open the stored secret \"" + name +
                                               "\"; give the key it was sealed with in secrets.retired_key_files, or restore the right key file");
      }
      batch.put(secrets_, name, engine::crypto::seal(master_, name, found->reveal(), random_));
      ++resealed_;
    }
    if (auto read = walk.status(); !read) return read;
  }
  if (batch.empty()) return engine::ok();
  return store_.write(batch, engine::store::Durability::kSynced);
}

Result<Secret> Vault::get(std::string_view name) const {
  auto sealed = store_.get(secrets_, name);
  if (!sealed) return sealed.take_error();
  if (!*sealed) return engine::fail(Errc::kNotFound, "no secret \"" + std::string(name) + "\"");
  return engine::crypto::unseal(master_, name, **sealed);
}

void Vault::stage(engine::store::Batch& batch, std::string_view name, const Secret& secret) {
  batch.put(secrets_, name, engine::crypto::seal(master_, name, secret.reveal(), random_));
}

void Vault::stage_erase(engine::store::Batch& batch, std::string_view name) { batch.erase(secrets_, name); }

Result<void> Vault::put(std::string_view name, const Secret& secret) {
  engine::store::Batch batch;
  stage(batch, name, secret);
  return store_.write(batch, engine::store::Durability::kSynced);
}

Result<Secret> Vault::key(std::string_view name) {
  const std::lock_guard lock(making_);
  auto known = get(name);
  if (known || known.error().code != Errc::kNotFound) return known;
  std::string bytes(kKeyBytes, '\0');
  random_.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
  Secret made(std::move(bytes));
  if (auto kept = put(name, made); !kept) return kept.take_error();
  return made;
}

}  // namespace trust
