// Contract craft-agents-api section 7.
#include "app/surfaces/craft_agents/projection.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "tests/support/fixtures.h"

namespace {

using app::craft_agents::Projection;

constexpr std::string_view kRow =
    R"({"id":42,"title":" Red Shoe ","price":10.0,"rate":0.5,"zero":0,"flag":true,"off":false,"none":null,"empty":"","code":"007","text0":"0",)"
    R"("multi":"a\nb","updatedAt":"2026-03-04T10:11:12Z","snapshot":{"section":"news","slug":"x-1"},"items":[{"sku":"A"},{"sku":"B"}]})";

std::string project(std::string_view fields, std::string_view filter = {}) {
  std::string out;
  return Projection(fields, filter).apply(kRow, out) ? out : "dropped";
}
bool kept(std::string_view filter) { return project({}, filter) == kRow; }

struct Filter {
  std::string_view expression;
  bool keeps;
};
class FilterTable : public ::testing::TestWithParam<Filter> {};
TEST_P(FilterTable, KeepsOrDrops) { EXPECT_EQ(kept(GetParam().expression), GetParam().keeps) << GetParam().expression; }
INSTANTIATE_TEST_SUITE_P(
    Section72, FilterTable,
    ::testing::Values(
        Filter{"nope:x", false}, Filter{"snapshot.nope:~", false}, Filter{"none:~", true},                         // 1: existence
        Filter{"snapshot:~", false}, Filter{"items:*", false},                                                     // 2: containers
        Filter{"title:~SHOE", true}, Filter{"title:~", true}, Filter{"title:~r*d", false}, Filter{"id:~4", true},  // 3: contains
        Filter{"title:red*", false}, Filter{"title:*red*", true}, Filter{"snapshot.slug:X-*", true}, Filter{"snapshot.slug:*-2", false},
        Filter{"multi:a*b", false}, Filter{"none:*", true}, Filter{"empty:*", true}, Filter{"snapshot.slug:x*1*", true},  // 4: wildcard
        Filter{"flag:true", true}, Filter{"title:TRUE", true}, Filter{"off:true", false}, Filter{"zero:true", false}, Filter{"rate:true", true},
        Filter{"off:false", true}, Filter{"none:false", true}, Filter{"empty:false", true}, Filter{"text0:false", true}, Filter{"zero:false", true},
        Filter{"title:false", false},                                                                              // 5: truthiness
        Filter{"price:10", true}, Filter{"price:1e1", true}, Filter{"code:7", true}, Filter{"id:42.0", true}, Filter{"id:43", false},  // 6: numbers
        Filter{"flag:1", true}, Filter{"off:0", false}, Filter{"title:red shoe", true}, Filter{"title:red", false},
        Filter{"updatedAt:2026-03-04t10:11:12z", true}, Filter{"items.1.sku:b", true}, Filter{"items.2.sku:b", false},  // 7: text
        Filter{"id:42,flag:true", true}, Filter{"id:42,flag:false", false}, Filter{" id : 42 , flag : true ", true}));  // all must hold

struct Fields {
  std::string_view paths, row;
};
class FieldsTable : public ::testing::TestWithParam<Fields> {};
TEST_P(FieldsTable, LeavesOnly) { EXPECT_EQ(project(GetParam().paths), GetParam().row); }
INSTANTIATE_TEST_SUITE_P(Section71, FieldsTable,
                         ::testing::Values(Fields{"zero,id", R"({"id":42,"zero":0})"}, Fields{"nope", "{}"}, Fields{"id nope", R"({"id":42})"},
                                           Fields{"id,id", R"({"id":42})"}, Fields{"snapshot.slug", R"({"snapshot":{"slug":"x-1"}})"},
                                           Fields{"snapshot.slug,snapshot", R"({"snapshot":{"section":"news","slug":"x-1"}})"},
                                           Fields{"items.1.sku", R"({"items":{"1":{"sku":"B"}}})"}, Fields{"none", R"({"none":null})"},
                                           Fields{"..id.", R"({"id":42})"}, Fields{".", "{}"}));

TEST(Projection, FiltersLookAtTheWholeRowBeforeFieldsCutIt) { EXPECT_EQ(project("id", "flag:true"), R"({"id":42})"); }

TEST(Projection, ANeverMatchingWildcardStaysCheap) {
  const std::string row = R"({"t":")" + std::string(20000, 'a') + R"("})";
  std::string out;
  EXPECT_FALSE(Projection({}, "t:*a*a*a*a*a*a*a*b").apply(row, out));
}

std::vector<std::string> problems(void (*check)(std::string_view, std::vector<std::string>&), std::string_view value) {
  std::vector<std::string> found;
  check(value, found);
  return found;
}

TEST(ProjectionChecks, NameEveryProblem) {
  using app::craft_agents::check_fields;
  using app::craft_agents::check_filter;
  EXPECT_EQ(problems(check_fields, ","), std::vector<std::string>{"`fields` must include at least one field path."});
  EXPECT_EQ(problems(check_fields, "id,*"), std::vector<std::string>{"Invalid `fields` token `*`; allowed pattern `[a-zA-Z0-9_.-]+`."});
  EXPECT_TRUE(problems(check_fields, "id, a.b-c_d").empty());
  EXPECT_EQ(problems(check_filter, "a:b,").front(), "Invalid `filter` expression; empty segments are not allowed.");
  EXPECT_EQ(problems(check_filter, "a:b,").size(), 1u);
  EXPECT_EQ(problems(check_filter, "bogus"), (std::vector<std::string>{"Invalid `filter` expression `bogus`; expected `path:value`.",
                                                                       "`filter` must include at least one valid `path:value` expression."}));
  EXPECT_TRUE(problems(check_filter, "updatedAt:2026-03-04T10:11:12Z").empty());
}

}  // namespace
