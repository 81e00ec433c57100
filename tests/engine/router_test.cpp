#include "engine/net/router.h"

#include <gtest/gtest.h>

namespace {

using engine::net::Method;
using engine::net::Route;
using engine::net::Router;

Route route(Method method, std::string_view path, bool absolute = false) {
  Route r;
  r.method = method;
  r.path = path;
  r.absolute = absolute;
  return r;
}

Router sample() {
  Router router("/api");
  router.add(route(Method::kGet, "/health"), 0);
  router.add(route(Method::kPost, "/things"), 1);
  router.add(route(Method::kGet, "/things"), 2);
  router.add(route(Method::kGet, "/plugins/{plugin}/{resource}"), 3);
  router.add(route(Method::kGet, "/plugins/own/list"), 4);
  router.add(route(Method::kGet, "/health", true), 5);
  return router;
}

std::optional<std::size_t> dispatch(const Router& router, std::string_view path, Method method = Method::kGet) {
  const auto match = router.find(path);
  if (!match.node) return std::nullopt;
  const auto* index = engine::net::route_for(*match.node, method);
  return index ? std::optional(*index) : std::nullopt;
}

TEST(Router, FindsFixedPathsBelowTheBaseAndAbsoluteOnes) {
  const auto router = sample();
  EXPECT_EQ(dispatch(router, "/api/health"), 0u);
  EXPECT_EQ(dispatch(router, "/health"), 5u);
  EXPECT_EQ(dispatch(router, "/api/things", Method::kPost), 1u);
  EXPECT_EQ(dispatch(router, "/api/things"), 2u);
}

TEST(Router, ToleratesOneTrailingSlashOnly) {
  const auto router = sample();
  EXPECT_EQ(dispatch(router, "/api/health/"), 0u);
  EXPECT_EQ(dispatch(router, "/api/health//"), std::nullopt);
}

TEST(Router, IsCaseSensitive) { EXPECT_EQ(dispatch(sample(), "/api/Health"), std::nullopt); }

TEST(Router, HeadIsServedByGetAndOthersAreNot) {
  const auto router = sample();
  EXPECT_EQ(dispatch(router, "/api/health", Method::kHead), 0u);
  EXPECT_EQ(dispatch(router, "/api/health", Method::kOptions), std::nullopt);
  EXPECT_EQ(engine::net::allowed_methods(*router.find("/api/health").node), "GET, HEAD");
  EXPECT_EQ(engine::net::allowed_methods(*router.find("/api/things").node), "POST, GET, HEAD");
}

TEST(Router, FillsPathParameters) {
  const auto router = sample();
  const auto match = router.find("/api/plugins/retour/redirects");
  ASSERT_TRUE(match.node);
  ASSERT_EQ(match.parameters.size(), 2u);
  EXPECT_EQ(match.parameters[0].first, "plugin");
  EXPECT_EQ(match.parameters[0].second, "retour");
  EXPECT_EQ(match.parameters[1].second, "redirects");
}

TEST(Router, APatternNeedsEverySegmentFilled) {
  const auto router = sample();
  EXPECT_EQ(dispatch(router, "/api/plugins/retour"), std::nullopt);
  EXPECT_EQ(dispatch(router, "/api/plugins//redirects"), std::nullopt);
  EXPECT_EQ(dispatch(router, "/api/plugins/a/b/c"), std::nullopt);
}

TEST(Router, AFixedPathWinsOverAPattern) { EXPECT_EQ(dispatch(sample(), "/api/plugins/own/list"), 4u); }

TEST(Shape, BecomesJsonSchema) {
  using engine::net::Shape;
  const auto shape = Shape::object({{"id", Shape::integer()},
                                    {"when", Shape::timestamp().or_null()},
                                    {"kind", Shape::one_of({"a", "b"}), false},
                                    {"tags", Shape::array(Shape::text())},
                                    {"extra", Shape::map(Shape::any())}});
  std::string schema;
  engine::net::append_json_schema(schema, shape);
  EXPECT_EQ(schema,
            R"({"type":"object","properties":{"id":{"type":"integer"},"when":{"type":["string","null"],"format":"date-time"},)"
            R"("kind":{"type":"string","enum":["a","b"]},"tags":{"type":"array","items":{"type":"string"}},)"
            R"("extra":{"type":"object","additionalProperties":{}}},"required":["id","when","tags","extra"]})");
}

}  // namespace
