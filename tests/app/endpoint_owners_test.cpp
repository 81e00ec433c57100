#include "app/endpoint_owners.h"

#include <gtest/gtest.h>

namespace app {
namespace {

struct EndpointOwnersTest : ::testing::Test {
  static craft_agents::ExternalResource redirects() {
    craft_agents::ExternalResource one;
    one.plugin = "retour";
    one.resource = "redirects";
    one.plugin_name = "Retour";
    one.name = "Redirects";
    return one;
  }
  static trust::CredentialSet owned_by(std::vector<std::string> scopes) {
    trust::CredentialConfig owner;
    owner.id = "bot";
    owner.token = engine::Secret("a token that is long enough for anybody");
    owner.scopes = std::move(scopes);
    trust::Features all;
    all.users = all.addresses = true;
    return std::move(*trust::CredentialSet::build(std::vector{owner}, all));
  }
  std::string problem(std::vector<std::string> scopes, std::vector<std::string> wanted) const {
    delivery::EndpointRecord endpoint;
    endpoint.owner = "bot";
    endpoint.wanted.types = std::move(wanted);
    return owner_problem(owned_by(std::move(scopes)), types, endpoint);
  }
  EndpointTypes types{{redirects()}};
};

TEST_F(EndpointOwnersTest, EachTypeNeedsTheScopeThatReadsIt) {
  EXPECT_EQ(problem({"assets:read"}, {"asset"}), "");
  EXPECT_NE(problem({"entries:read"}, {"asset"}).find("assets:read"), std::string::npos);
  EXPECT_NE(problem({"assets:read"}, {"asset", "user"}).find("users:read"), std::string::npos);
  EXPECT_NE(problem({"assets:read"}, {"User"}).find("users:read"), std::string::npos) << "however it is written";
  EXPECT_EQ(problem({"plugins:retour:redirects:read"}, {"retour.redirects"}), "");
  EXPECT_NE(problem({"assets:read"}, {"retour.redirects"}).find("plugins:retour:redirects:read"), std::string::npos);
}

TEST_F(EndpointOwnersTest, NoneNamedAndAllAreTheContractsThree) {
  const std::vector<std::string> three{"entries:read", "orders:read", "products:read"};
  EXPECT_EQ(problem(three, {}), "");
  EXPECT_EQ(problem(three, {"*"}), "");
  EXPECT_NE(problem({"entries:read", "orders:read"}, {"*"}).find("products:read"), std::string::npos);
  EXPECT_NE(problem(three, {"*", "tag"}).find("tags:read"), std::string::npos);
}

TEST_F(EndpointOwnersTest, WhatIsNoTypeIsRefusedAndTheTypesAreNamed) {
  for (const char* type : {"variant", "section", "planet"}) {
    const auto said = problem({"entries:read", "variants:read"}, {type});
    EXPECT_NE(said.find("is none of entry, order, product, address, asset"), std::string::npos) << said;
  }
  EXPECT_TRUE(types.scope_of("variant").empty());
  EXPECT_EQ(types.scope_of("globalset"), "globalsets:read");
  const auto further = types.further();
  EXPECT_EQ(std::count(further.begin(), further.end(), "retour.redirects"), 1);
  EXPECT_EQ(std::count(further.begin(), further.end(), "entry"), 0);
}

TEST_F(EndpointOwnersTest, WithoutALiveOwnerNothingIsTold) {
  delivery::EndpointRecord endpoint;
  endpoint.owner = "nobody";
  EXPECT_NE(owner_problem(owned_by({"entries:read"}), types, endpoint).find("no live credential nobody"), std::string::npos);
}

}  // namespace
}  // namespace app
