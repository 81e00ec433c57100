// Contract craft-agents-governance sections 2.3 to 2.10.
#include <gmock/gmock.h>

#include "access/credential_directory.h"
#include "access/credential_fields.h"
#include "tests/access/trust_stage.h"

namespace {

using engine::Errc;
using trust::CredentialDraft;
using trust::CredentialEdit;
using trust::CredentialMode;
using trust::ManagedCredential;
using trust::ManagedId;
using namespace std::chrono_literals;

struct ManagedCredentialsTest : test::TrustStage {
  std::unique_ptr<trust::CredentialDirectory> directory_of_all() {
    return std::move(*trust::CredentialDirectory::open({.key = key}, *credentials, clock));
  }
  CredentialMode mode_of(ManagedId id) { return trust::mode(*credentials->find(id), clock.wall_now()); }
  std::string newest_action() { return audit->list({.category = "credential"}, 1)->front().event.action; }
};

TEST_F(ManagedCredentialsTest, ATokenIsShownOnceAndKeptAsAKeyedDigest) {
  const auto made = make("Search Index");
  EXPECT_EQ(made.credential.handle, "search-index");
  EXPECT_EQ(made.action, "created");
  const std::string token(made.token.reveal());
  EXPECT_THAT(token, ::testing::MatchesRegex("search-index-[A-Za-z0-9]{18}"));
  EXPECT_EQ(made.credential.token_prefix, token.substr(0, 12));
  auto walk = store->iterate(store->family(trust::kAccountsFamily));
  for (walk.seek({}); walk.valid(); walk.next()) EXPECT_EQ(walk.value().find(token.substr(13)), std::string_view::npos);
  const auto rows = audit->list({}, 10).value();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].event.actor.id, "cp:ada");
  EXPECT_EQ(audit_json(rows[0]).find(token.substr(13)), std::string::npos);
}

TEST_F(ManagedCredentialsTest, EverythingComesBackAfterARestart) {
  CredentialDraft draft;
  draft.handle = "reader";
  draft.display_name = "Reader";
  draft.description = "reads";
  draft.owner = "ops";
  draft.scopes = {"entries:write", "Orders:Read", "orders:read"};
  draft.webhook_types = {"*"};
  draft.webhook_actions = {"Updated"};
  draft.ip_allowlist = {"10.0.0.0/8, 2001:db8::1", "192.0.2.1"};
  draft.approval_recipients = {"A@example.test"};
  draft.ttl_days = 30;
  draft.force_human_approval = false;
  const auto made = credentials->create(std::move(draft), me);
  ASSERT_TRUE(made) << made.error().detail;
  ASSERT_TRUE(credentials->rotate(made->credential.id, 1h, me));
  const auto before = credentials->find(made->credential.id);
  reopen();
  const auto after = credentials->find(made->credential.id);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, *before);
  EXPECT_EQ(after->scopes, (std::vector<std::string>{"entries:write:draft", "orders:read"}));
  EXPECT_EQ(after->webhook_types, (std::vector<std::string>{"entry", "order", "product"}));
  EXPECT_EQ(after->webhook_actions, (std::vector<std::string>{"updated"}));
  EXPECT_EQ(after->ip_allowlist, (std::vector<std::string>{"10.0.0.0/8", "192.0.2.1/32", "2001:db8::1/128"}));
  EXPECT_EQ(after->approval_recipients, (std::vector<std::string>{"a@example.test"}));
  EXPECT_EQ(make("next").credential.id, ManagedId{2});
}

TEST_F(ManagedCredentialsTest, AnIdIsNeverGivenTwice) {
  const auto id = make("a").credential.id;
  ASSERT_TRUE(credentials->remove(id, me));
  reopen();
  EXPECT_TRUE(credentials->ever_made());
  EXPECT_EQ(make("b").credential.id, ManagedId{id.value + 1});
}

TEST_F(ManagedCredentialsTest, WhatCannotBeKeptIsRefusedByFieldAndChangesNothing) {
  make("taken");
  struct Bad {
    const char* field;
    CredentialDraft draft;
    Errc code = Errc::kMalformed;
  };
  const auto draft = [](auto change) {
    CredentialDraft d;
    d.handle = "fresh";
    change(d);
    return d;
  };
  const std::vector<Bad> all{
      {"handle", draft([](auto& d) { d.handle = " -- "; })},
      {"handle", draft([](auto& d) { d.handle = std::string(65, 'h'); })},
      {"handle", draft([](auto& d) { d.handle = "cp:root"; })},
      {"handle", draft([](auto& d) { d.handle = "Taken"; }), Errc::kConflict},
      {"token", draft([](auto& d) { d.token = engine::Secret("short"); })},
      {"token", draft([](auto& d) { d.token = engine::Secret("has a blank in its middle"); })},
      {"scopes", draft([](auto& d) { d.scopes = {"entries:red"}; })},
      {"webhookResourceTypes", draft([](auto& d) { d.webhook_types = {"users"}; })},
      {"webhookActions", draft([](auto& d) { d.webhook_actions = {"saved"}; })},
      {"ipAllowlist", draft([](auto& d) { d.ip_allowlist = {"10.0.0.0/8", "10.0.0.0/33", "nowhere"}; })},
      {"approvalRecipients", draft([](auto& d) { d.approval_recipients = {"not an address"}; })},
      {"ttlDays", draft([](auto& d) { d.ttl_days = 40'000; })},
      {"expiryReminderDays", draft([](auto& d) { d.expiry_reminder_days = 366; })},
  };
  for (const auto& bad : all) {
    const auto made = credentials->create(bad.draft, me);
    ASSERT_FALSE(made) << bad.field;
    EXPECT_EQ(made.error().code, bad.code) << made.error().detail;
    EXPECT_TRUE(made.error().detail.starts_with(bad.field)) << made.error().detail;
  }
  EXPECT_EQ(credentials->list().size(), 1u);
  EXPECT_EQ(audit->count(), 1u);
}

TEST_F(ManagedCredentialsTest, ATokenOfOnesOwnIsTakenOnce) {
  CredentialDraft draft;
  draft.handle = "own";
  draft.token = engine::Secret("  my-own:token_0123456789  ");
  ASSERT_TRUE(credentials->create(draft, me));
  draft.handle = "own2";
  const auto again = credentials->create(draft, me);
  EXPECT_EQ(again.error().code, Errc::kConflict);
  EXPECT_EQ(again.error().detail.find("my-own"), std::string::npos);
  EXPECT_TRUE(directory_of_all()->current()->find("my-own:token_0123456789", clock.wall_now()));
}

TEST_F(ManagedCredentialsTest, TheLifecycleIsThatOfTheContract) {
  const auto id = make("life").credential.id;
  EXPECT_EQ(mode_of(id), CredentialMode::kActive);
  ASSERT_TRUE(credentials->pause(id, me));
  EXPECT_EQ(mode_of(id), CredentialMode::kPaused);
  ASSERT_TRUE(credentials->resume(id, me));
  EXPECT_EQ(mode_of(id), CredentialMode::kActive);
  ASSERT_TRUE(credentials->pause(id, me));
  ASSERT_TRUE(credentials->revoke(id, me));
  EXPECT_EQ(mode_of(id), CredentialMode::kRevoked);
  EXPECT_FALSE(credentials->find(id)->paused_at);
  EXPECT_EQ(credentials->pause(id, me).error().code, Errc::kConflict);
  EXPECT_EQ(credentials->resume(id, me).error().code, Errc::kConflict);
  EXPECT_EQ(credentials->rotate(id, 60s, me).error().code, Errc::kMalformed);  // no overlap with what was revoked
  const auto rotated = credentials->rotate(id, 0s, me);
  ASSERT_TRUE(rotated);
  EXPECT_EQ(rotated->action, "rotated");
  EXPECT_EQ(mode_of(id), CredentialMode::kActive);
  EXPECT_EQ(credentials->revoke_and_rotate(id, me)->action, "revoked and rotated");
  EXPECT_EQ(newest_action(), "revoke-and-rotate");
  ASSERT_TRUE(credentials->remove(id, me));
  EXPECT_EQ(credentials->remove(id, me).error().code, Errc::kNotFound);
  EXPECT_EQ(newest_action(), "delete");
  EXPECT_EQ(credentials->update(id, {}, me).error().code, Errc::kNotFound);
}

TEST_F(ManagedCredentialsTest, AnUpdateChangesWhatIsGivenAndNeverHandleOrToken) {
  const auto made = make("up", {"orders:read"});
  CredentialEdit edit;
  edit.owner = "new owner";
  edit.ip_allowlist = std::vector<std::string>{"10.0.0.0/8"};
  const auto changed = credentials->update(made.credential.id, edit, me);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->owner, "new owner");
  EXPECT_EQ(changed->scopes, made.credential.scopes);
  EXPECT_EQ(changed->digest, made.credential.digest);
  edit.ip_allowlist = std::vector<std::string>{};
  EXPECT_TRUE(credentials->update(made.credential.id, edit, me)->ip_allowlist.empty());
}

TEST_F(ManagedCredentialsTest, ExpiryFollowsTheTableOfTheContract) {
  struct Row {
    bool fresh;
    std::optional<std::int64_t> ttl, reminder;
    std::string_view before, after;
  };
  ManagedCredential none, never, active;
  never.expiry_reminder_days = 0;
  active.expires_at = clock.wall_now() + std::chrono::days(100);
  const auto run = [&](ManagedCredential start, const Row& row) {
    EXPECT_TRUE(trust::set_expiry(start, row.ttl, row.reminder, clock.wall_now(), row.fresh));
    return std::string(trust::expiry_status(start, clock.wall_now()));
  };
  EXPECT_EQ(run(none, {true, {}, {}, {}, {}}), "none");
  EXPECT_EQ(run(none, {true, 0, {}, {}, {}}), "never");
  EXPECT_EQ(run(none, {true, 30, {}, {}, {}}), "active");
  EXPECT_EQ(run(none, {true, 5, {}, {}, {}}), "expiring_soon");
  EXPECT_EQ(run(none, {true, -1, {}, {}, {}}), "none");
  EXPECT_EQ(run(active, {false, {}, {}, {}, {}}), "active");
  EXPECT_EQ(run(active, {false, 0, {}, {}, {}}), "never");
  EXPECT_EQ(run(active, {false, 3, {}, {}, {}}), "expiring_soon");
  EXPECT_EQ(run(active, {false, -1, {}, {}, {}}), "none");
  EXPECT_EQ(run(never, {false, {}, 14, {}, {}}), "never");
  EXPECT_EQ(run(never, {false, 10, {}, {}, {}}), "active");
}

TEST_F(ManagedCredentialsTest, TheLiveSetFollowsEveryChangeBeforeItIsAnswered) {
  auto live = directory_of_all();
  EXPECT_FALSE(live->current()->ever_configured());
  const auto made = make("reader");
  const auto finds = [&](const engine::Secret& token) { return live->current()->find(token.reveal(), clock.wall_now()) != nullptr; };
  EXPECT_TRUE(finds(made.token));
  ASSERT_TRUE(credentials->pause(made.credential.id, me));
  EXPECT_FALSE(finds(made.token));
  EXPECT_TRUE(live->current()->ever_configured());
  ASSERT_TRUE(credentials->resume(made.credential.id, me));
  EXPECT_TRUE(finds(made.token));
  const auto rotated = credentials->rotate(made.credential.id, 10min, me);
  ASSERT_TRUE(rotated);
  EXPECT_TRUE(finds(made.token));
  EXPECT_TRUE(finds(rotated->token));
  EXPECT_EQ(live->current()->size(), 1u);
  clock.advance(10min);
  EXPECT_FALSE(finds(made.token));  // by the clock alone, before anybody refreshed
  EXPECT_TRUE(finds(rotated->token));
  live->refresh();
  EXPECT_EQ(live->current()->all().size(), 1u);
  ASSERT_TRUE(credentials->revoke(made.credential.id, me));
  EXPECT_FALSE(finds(rotated->token));
  ASSERT_TRUE(credentials->remove(made.credential.id, me));
  EXPECT_TRUE(live->current()->ever_configured());
}

TEST_F(ManagedCredentialsTest, APausedTokenIsNotBroughtBackByAnOverlap) {
  auto live = directory_of_all();
  const auto made = make("suspect");
  ASSERT_TRUE(credentials->pause(made.credential.id, me));
  EXPECT_EQ(credentials->rotate(made.credential.id, 1h, me).error().code, Errc::kMalformed);
  ASSERT_TRUE(credentials->rotate(made.credential.id, 0s, me));
  EXPECT_FALSE(live->current()->find(made.token.reveal(), clock.wall_now()));
}

TEST_F(ManagedCredentialsTest, AHandleOfTheConfigurationIsTaken) {
  credentials->reserve({"shop"});
  CredentialDraft draft;
  draft.handle = "Shop";
  EXPECT_EQ(credentials->create(draft, me).error().code, Errc::kConflict);
}

TEST_F(ManagedCredentialsTest, RevokingEndsAnOverlapToo) {
  auto live = directory_of_all();
  const auto made = make("reader");
  ASSERT_TRUE(credentials->rotate(made.credential.id, 1h, me));
  ASSERT_TRUE(credentials->revoke(made.credential.id, me));
  EXPECT_TRUE(live->current()->all().empty());
}

TEST_F(ManagedCredentialsTest, TheNextExpiryIsTheEarliestOfAllTokens) {
  auto live = directory_of_all();
  EXPECT_FALSE(live->next_expiry());
  CredentialDraft draft;
  draft.handle = "short";
  draft.ttl_days = 1;
  ASSERT_TRUE(credentials->create(draft, me));
  EXPECT_EQ(live->next_expiry(), clock.wall_now() + std::chrono::days(1));
  ASSERT_TRUE(credentials->rotate(ManagedId{1}, 1h, me));
  EXPECT_EQ(live->next_expiry(), clock.wall_now() + 1h);
}

TEST_F(ManagedCredentialsTest, UseIsRememberedAtOnceAndWrittenOncePerFlush) {
  const auto id = make("used").credential.id;
  EXPECT_FALSE(credentials->pulse(id));
  const auto first = clock.wall_now();
  credentials->note_use(id, "203.0.113.9", "authorization", false);
  clock.advance(5s);
  credentials->note_use(id, "203.0.113.10", "x-agents-token", true);
  EXPECT_EQ(credentials->find(id)->last_used_ip, "203.0.113.10");
  EXPECT_TRUE(credentials->pulse(id)->wrote);
  ASSERT_TRUE(credentials->flush_usage());
  EXPECT_EQ(audit->count(), 1u);  // a use is no decision
  reopen();
  const auto kept = credentials->find(id);
  EXPECT_EQ(kept->first_used_at, first);
  EXPECT_EQ(kept->last_used_at, first + 5s);
  EXPECT_EQ(kept->last_auth_method, "x-agents-token");
}

TEST_F(ManagedCredentialsTest, DamagedRecordsAreRefusedWhateverTheirLength) {
  make("whole");
  const auto family = store->family(trust::kAccountsFamily);
  const auto bytes = **store->get(family, trust::numbered_key("c", 1));
  EXPECT_TRUE(trust::decode_managed(ManagedId{1}, bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(trust::decode_managed(ManagedId{1}, std::string_view(bytes).substr(0, length)));
  EXPECT_FALSE(trust::decode_managed(ManagedId{1}, bytes + "x"));
  auto newer = bytes;
  newer[0] = 2;
  EXPECT_EQ(trust::decode_managed(ManagedId{1}, newer).error().code, Errc::kUnsupported);
}

TEST_F(ManagedCredentialsTest, GeneratedTokensDifferAndUseTheWholeAlphabet) {
  std::set<std::string> seen;
  std::set<char> letters;
  for (int i = 0; i < 500; ++i) {
    const auto token = trust::new_token("My Agent: 7!", random);
    const std::string text(token.reveal());
    EXPECT_TRUE(text.starts_with("my-agent-7-")) << text;
    seen.insert(text);
    for (const char c : text.substr(11)) letters.insert(c);
  }
  EXPECT_EQ(seen.size(), 500u);
  EXPECT_EQ(letters.size(), 62u);
}

}  // namespace
