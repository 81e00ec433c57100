#pragma once
// Who changes the sample site, and how: an editor, a shop, an import job.

#include <span>
#include <string>

#include "app/demo/sample_site.h"

namespace app::demo {

/// Element classes as the schema stores them.
inline constexpr const char* kEntryClass = "craft\\elements\\Entry";
inline constexpr const char* kUserClass = "craft\\elements\\User";
inline constexpr const char* kProductClass = "craft\\commerce\\elements\\Product";
inline constexpr const char* kVariantClass = "craft\\commerce\\elements\\Variant";
inline constexpr const char* kOrderClass = "craft\\commerce\\elements\\Order";

std::span<const SampleSite::ActionInfo> editor_actions();
std::span<const SampleSite::ActionInfo> shop_actions();
std::span<const SampleSite::ActionInfo> import_actions();
/// All three, in that order.
std::span<const SampleSite::ActionInfo> sample_actions();

/// "UPDATE elements SET dateUpdated = now WHERE id = …", as every save does.
std::string touch(std::int64_t id);
/// An INSERT of a new element, to be followed by remember_element().
std::string new_element(SampleSite& site, const char* element_class);
/// Leaves the new element's id in @element, for the statements behind it.
std::string remember_element();
/// The element's row for the primary site; @element is its id.
std::string new_site_row(SampleSite& site, const std::string& title, const std::string& slug, const std::string& uri);
/// "quiet-harbour-17"
/// SQL for the uid of the row with this number (itself SQL): 36 characters that follow from it, so that the same seed gives the same rows.
std::string uid_of(const std::string& number);
std::string slug_of(std::string_view title);
/// "entry 17" of the last new element.
engine::Result<std::string> last_element(SampleSite& site, const char* what);

}  // namespace app::demo
