// Query strings, `fields` and `filter`: first line the query, the rest a row that the projection is applied to.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "app/surfaces/craft_agents/json_members.h"
#include "app/surfaces/craft_agents/projection.h"
#include "engine/net/validation.h"

namespace {

using engine::net::Parameter;
using engine::net::ParameterType;

const std::vector<Parameter>& declared() {
  static const std::vector<Parameter> kDeclared{
      {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 200, .default_integer = 50},
      {.name = "status", .type = ParameterType::kEnum, .values = {"live", "all"}, .aliases = {{"any", "all"}}, .default_text = "live"},
      {.name = "lowStock", .type = ParameterType::kBoolean},
      {.name = "fields", .check = app::craft_agents::check_fields},
      {.name = "filter", .check = app::craft_agents::check_filter},
      {.name = "types", .type = ParameterType::kList, .late = true},
      {.name = "updatedSince", .type = ParameterType::kTimestamp, .late = true, .ignored_with = "cursor"},
      {.name = "cursor", .late = true},
  };
  return kDeclared;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(input.find('\n'), input.size());
  const auto row = input.substr(std::min(end + 1, input.size()));

  const auto sent = engine::net::sent_in_query(input.substr(0, end));
  engine::net::Arguments arguments(declared());
  const auto problems = engine::net::validate(declared(), sent, arguments);
  for (const auto& problem : problems) {
    if (problem.empty()) std::abort();
  }
  if (!problems.empty()) return 0;

  if (const auto limit = arguments.integer("limit").value_or(0); limit < 1 || limit > 200) std::abort();
  const app::craft_agents::Projection projection(arguments.text("fields").value_or(""), arguments.text("filter").value_or(""));
  std::string out;
  const bool kept = projection.apply(row, out);
  if (!kept && !out.empty()) std::abort();
  if (kept && projection.everything() && out != row) std::abort();
  for (const auto& member : app::craft_agents::json_members(row)) {
    if (member.value.data() < row.data() || member.value.data() + member.value.size() > row.data() + row.size()) std::abort();
  }
  (void)app::craft_agents::overlaid(row, out);
  return 0;
}
