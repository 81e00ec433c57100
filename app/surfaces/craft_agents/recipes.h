#pragma once
// What /templates and /starter-packs offer, once (contract craft-agents-api sections 14.6 and 14.7). The data is in recipe_catalogue.cpp.

#include <string>
#include <string_view>
#include <vector>

namespace app::craft_agents {

/// A step of a recipe: a route, and its key in /schema. Steps of the governed recipes are listed also where their routes are not served.
struct RecipeStep {
  std::string_view method, path, key;
};

struct RecipeVariable {
  std::string_view name;
  bool required;
  std::string_view otherwise;
};

struct Recipe {
  std::string_view id, display_name, intent;
  bool experimental = false;  ///< needs governed writes
  std::vector<std::string_view> required_scopes{}, optional_scopes{};
  std::vector<RecipeStep> sequence{};
  std::vector<std::string_view> sample_commands{};
  std::vector<RecipeVariable> variables{};  ///< beside SITE_URL, BASE_URL and AGENTS_TOKEN
  std::string curl{}, javascript{}, python{};   ///< whole programs
};

const std::vector<Recipe>& recipes();

}  // namespace app::craft_agents
