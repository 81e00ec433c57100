#include "app/operations/diagnostics.h"

#include <algorithm>

namespace app::operations {

namespace {

void each_once(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

Check finished(Check check) {
  each_once(check.errors);
  each_once(check.warnings);
  return check;
}

void add_prefixed(std::vector<std::string>& to, std::string_view prefix, const std::vector<std::string>& texts) {
  for (const auto& text : texts) to.push_back(std::string(prefix) + text);
}

}  // namespace

Check auth_check(const Posture& posture, const trust::GateSettings& settings) {
  Check check{"auth-check", {}, {}};
  for (const auto& warning : posture.warnings) (warning.error ? check.errors : check.warnings).push_back(warning.message);
  if (settings.require_token && posture.credentials == 0) check.errors.emplace_back("Tokens are required and no credential works.");
  return finished(std::move(check));
}

Check readiness_check(const Readiness& readiness) {
  Check check{"readiness-check", {}, {}};
  const auto& components = readiness.input.components;
  if (!components.database) check.errors.emplace_back("The store cannot be read, or the source is not connected.");
  if (!components.cache) check.errors.emplace_back("The store does not take writes.");
  if (!components.users) check.errors.emplace_back("The directory of credentials is missing.");
  if (!readiness.input.commerce) check.warnings.emplace_back("The shop's resources are switched off.");
  for (const auto& criterion : readiness.breakdown) {
    const bool counts = !criterion.passed && !criterion.optional && criterion.id != "web-request";
    if (counts) check.warnings.push_back("Not fulfilled: " + std::string(criterion.label) + ".");
  }
  return finished(std::move(check));
}

Check smoke_check(const SmokeFacts& facts, const Readiness& readiness) {
  Check check{"smoke", {}, {}};
  add_prefixed(check.errors, "sections: ", facts.sections.errors);
  add_prefixed(check.errors, "entries: ", facts.entries.errors);
  if (readiness.input.commerce) {
    add_prefixed(check.errors, "products: ", facts.products.errors);
    add_prefixed(check.errors, "orders: ", facts.orders.errors);
  }
  add_prefixed(check.warnings, "readiness: ", readiness.warnings);
  return finished(std::move(check));
}

}  // namespace app::operations
