#include "access/credentials.h"

#include <gtest/gtest.h>

#include <set>

#include "access/permission.h"

namespace {

using trust::CredentialConfig;
using trust::CredentialSet;
using trust::IpRange;
using trust::ScopeSet;

CredentialConfig credential(std::string id, std::string token) {
  CredentialConfig config;
  config.id = std::move(id);
  config.token = engine::Secret(std::move(token));
  return config;
}

TEST(Credentials, FindsByTokenAndNothingElse) {
  const auto set = CredentialSet::build(std::vector{credential("a", "token-a"), credential("b", "token-b")}, {});
  ASSERT_TRUE(set);
  ASSERT_TRUE(set->find("token-b", {}));
  EXPECT_EQ(set->find("token-b", {})->id, "b");
  EXPECT_EQ(set->find("token-b", {})->label, "b");
  EXPECT_EQ(set->find("token-c", {}), nullptr);
  EXPECT_EQ(set->find("token-", {}), nullptr);
  EXPECT_EQ(set->find("", {}), nullptr);
}

TEST(Credentials, TheFirstOfTwoWithOneTokenStays) {
  const auto set = CredentialSet::build(std::vector{credential("a", "same"), credential("b", "same")}, {});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 1u);
  EXPECT_EQ(set->find("same", {})->id, "a");
}

TEST(Credentials, ADisabledOneIsNotThere) {
  auto off = credential("a", "token-a");
  off.enabled = false;
  const auto set = CredentialSet::build(std::vector{off}, {});
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->empty());
}

TEST(Credentials, FingerprintIsTheSha1OfTheToken) {
  const auto set = CredentialSet::build(std::vector{credential("a", "abc")}, {});
  EXPECT_EQ(set->all().front().fingerprint, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Credentials, EveryProblemIsNamedAtOnceAndNoTokenIsShown) {
  auto bad_list = credential("c", "secret-value");
  bad_list.ip_allowlist = {"10.0.0.0/33", "nowhere"};
  const auto set = CredentialSet::build(std::vector{credential("", "x1"), credential("b", ""), bad_list, credential("c", "x2")}, {});
  ASSERT_FALSE(set);
  const auto& text = set.error().detail;
  for (const auto* part : {"\"\"", "b has no token", "10.0.0.0/33", "nowhere", "c is there twice"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(text.find("secret-value"), std::string::npos);
}

TEST(Credentials, WithoutAListOfItsOwnACredentialGetsTheDefaults) {
  const auto set = CredentialSet::build(std::vector{credential("a", "t")}, {});
  EXPECT_EQ(set->all().front().scopes.names(),
            (std::vector<std::string>{"auth:read", "capabilities:read", "health:read", "openapi:read", "readiness:read"}));
}

TEST(Credentials, DefaultScopesOfAbsentFeaturesAreDropped) {
  const std::vector<std::string> defaults{"products:read", "entries:read", "entries:write", "users:read"};
  const auto set = CredentialSet::build(std::vector{credential("a", "t")}, {.commerce = false}, defaults);
  EXPECT_EQ(set->all().front().scopes.names(), (std::vector<std::string>{"entries:read", "users:read"}));
}

TEST(Scopes, CatalogueHas52NamesInOrder) {
  std::set<std::string_view> names;
  for (const auto& scope : trust::scope_catalogue()) {
    EXPECT_TRUE(names.empty() || *names.rbegin() < scope.name) << scope.name;
    names.insert(scope.name);
    EXPECT_FALSE(scope.grants.empty());
  }
  EXPECT_EQ(names.size(), 52u);
}

TEST(Scopes, AreNormalised) {
  const std::vector<std::string> names{" Entries:READ ", "entries:read", "bad scope!", "", "starterpacks:read"};
  EXPECT_EQ(ScopeSet(names).names(), (std::vector<std::string>{"badscope", "entries:read", "starterpacks:read"}));
}

TEST(Scopes, StarGrantsEverythingAndNothingElseIsAWildcard) {
  EXPECT_TRUE(ScopeSet(std::vector<std::string>{"*"}).grants("orders:read"));
  EXPECT_FALSE(ScopeSet(std::vector<std::string>{"orders:*"}).grants("orders:read"));
  EXPECT_FALSE(ScopeSet(std::vector<std::string>{"orders:read_sensitive"}).grants("orders:read"));
}

TEST(Scopes, TheTwoNamesOfEntryWritesSatisfyEachOther) {
  EXPECT_TRUE(ScopeSet(std::vector<std::string>{"entries:write"}).grants("entries:write:draft"));
  EXPECT_TRUE(ScopeSet(std::vector<std::string>{"entries:write:draft"}).grants("entries:write"));
}

TEST(Scopes, ShownScopesLeaveOutWhatIsSwitchedOff) {
  const ScopeSet scopes(std::vector<std::string>{"users:read", "products:read", "entries:write", "addresses:read", "made:up"});
  EXPECT_EQ(scopes.granted({.commerce = false}), (std::vector<std::string>{"made:up", "products:read"}));
  EXPECT_EQ(scopes.granted({.users = true, .addresses = true, .writes = true}),
            (std::vector<std::string>{"addresses:read", "entries:write:draft", "made:up", "products:read", "users:read"}));
}

TEST(Permission, AnyOfRulesNameTheCanonicalScopeAndListAll) {
  const engine::net::ScopeRule current{.required = {"syncstate:read"}, .alternatives = {"consumers:read"}};
  const engine::net::ScopeRule former{.required = {"consumers:read"}, .alternatives = {"syncstate:read"}};
  auto nobody = credential("a", "t");
  nobody.scopes = std::vector<std::string>{};
  const auto set = std::make_shared<CredentialSet>(*CredentialSet::build(std::vector{nobody}, {}));
  const trust::Principal principal(set, set->all().front(), trust::AuthMethod::kAuthorization);
  for (const auto& refused : {trust::allow(principal, current), trust::allow(principal, former, true)}) {
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.canonical, "syncstate:read");
    EXPECT_EQ(refused.missing, "syncstate:read | consumers:read");
  }
  EXPECT_TRUE(trust::allow(trust::Principal(), current));
}

struct Range {
  std::string_view range, address;
  bool inside;
};
class IpRanges : public ::testing::TestWithParam<Range> {};
TEST_P(IpRanges, Contain) {
  const auto range = IpRange::parse(GetParam().range);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->contains(GetParam().address), GetParam().inside) << GetParam().range << " " << GetParam().address;
}
INSTANTIATE_TEST_SUITE_P(Table, IpRanges,
                         ::testing::Values(Range{"10.0.0.0/8", "10.255.1.2", true}, Range{"10.0.0.0/8", "11.0.0.1", false},
                                           Range{"192.168.1.7", "192.168.1.7", true}, Range{"192.168.1.7", "192.168.1.8", false},
                                           Range{"192.168.1.128/25", "192.168.1.127", false}, Range{"0.0.0.0/0", "8.8.8.8", true},
                                           Range{"0.0.0.0/0", "::1", false}, Range{"::/0", "1.2.3.4", false},
                                           Range{"2001:db8::/33", "2001:db8:7fff::1", true}, Range{"2001:db8::/33", "2001:db8:8000::1", false},
                                           Range{"127.0.0.1", "::ffff:127.0.0.1", true}, Range{"127.0.0.1", "", false},
                                           Range{"127.0.0.1", "localhost", false}));

TEST(IpRanges, BadTextIsRefused) {
  for (const auto* text : {"", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/33", "::/129", "10.0.0.0/8x", "host"}) {
    EXPECT_FALSE(IpRange::parse(text)) << text;
  }
}

TEST(IpRanges, AnEmptyAllowlistAllowsAllAndAFullOneRefusesTheUnknown) {
  EXPECT_TRUE(trust::address_allowed({}, ""));
  const std::vector<IpRange> list{*IpRange::parse("10.0.0.0/8")};
  EXPECT_FALSE(trust::address_allowed(list, ""));
  EXPECT_TRUE(trust::address_allowed(list, "10.1.1.1"));
}

}  // namespace
