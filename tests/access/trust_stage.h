#pragma once
// The rooms of access/ that keep something, over a store in a directory of its own, with time that a test moves.

#include <gtest/gtest.h>

#include "access/audit/audit_log.h"
#include "access/key_schema.h"
#include "access/managed_credentials.h"
#include "access/vault.h"
#include "tests/access/manual_clock.h"
#include "tests/support/fixtures.h"

namespace test {

/// The same bytes in every run.
class CountingRandom final : public engine::crypto::Random {
 public:
  void fill(std::span<unsigned char> bytes) override {
    for (auto& byte : bytes) byte = static_cast<unsigned char>((state_ = state_ * 6364136223846793005u + 1442695040888963407u) >> 56);
  }

 private:
  std::uint64_t state_ = 42;
};

struct TrustStage : ::testing::Test {
  static constexpr std::string_view kMaster = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

  ManualClock clock;
  CountingRandom random;
  TemporaryDirectory directory;
  trust::Actor me{"cp-user", "cp:ada", "request-1", "192.0.2.7"};
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<trust::Vault> vault;
  std::unique_ptr<trust::AuditLog> audit;
  std::shared_ptr<const trust::TokenKey> key;
  std::unique_ptr<trust::ManagedCredentials> credentials;

  TrustStage() { open(); }
  /// Everything closed and opened again, as after a restart.
  void reopen() {
    close();
    open();
  }
  void close() {
    credentials.reset();
    audit.reset();
    vault.reset();
    store.reset();
  }
  void open() {
    engine::store::Options options;
    options.families = trust::families();
    store = std::move(*engine::store::Store::open((directory.path() / "store").string(), options));
    vault = std::move(*trust::Vault::open(*store, *engine::crypto::aead_key(kMaster), {}, random));
    audit = std::move(*trust::AuditLog::open(*store, *vault, clock));
    key = std::make_shared<const trust::TokenKey>(*vault->key("tokens"));
    credentials = std::move(*trust::ManagedCredentials::open(*store, *audit, key, random, clock));
  }
  trust::RevealedCredential make(std::string handle, std::vector<std::string> scopes = {"health:read"}) {
    trust::CredentialDraft draft;
    draft.handle = std::move(handle);
    draft.scopes = std::move(scopes);
    auto made = credentials->create(std::move(draft), me);
    EXPECT_TRUE(made) << made.error().detail;
    return std::move(*made);
  }
};

}  // namespace test
