#include "app/demo/sample_actors.h"

#include <vector>

namespace app::demo {
using engine::Result;

std::span<const SampleSite::ActionInfo> sample_actions() {
  static const auto all = [] {
    std::vector<SampleSite::ActionInfo> list;
    for (auto part : {editor_actions(), shop_actions(), import_actions()}) list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

std::string touch(std::int64_t id) { return "UPDATE elements SET dateUpdated = UTC_TIMESTAMP() WHERE id = " + std::to_string(id); }

std::string new_element(SampleSite& site, const char* element_class) {
  return "INSERT INTO elements (type, uid, dateCreated, dateUpdated) SELECT " + site.sql().quote(element_class) + ", " + uid_of("COALESCE(MAX(id), 0) + 1") +
         ", UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM elements";
}

std::string uid_of(const std::string& number) {
  std::string uid = "MD5(" + number + ")";
  for (const char* place : {"9", "14", "19", "24"}) uid = "INSERT(" + uid + ", " + place + ", 0, '-')";
  return uid;
}

std::string new_site_row(SampleSite& site, const std::string& title, const std::string& slug, const std::string& uri) {
  const auto text = [&](const std::string& value) { return value.empty() ? std::string("NULL") : site.sql().quote(value); };
  return "INSERT INTO elements_sites (elementId, siteId, title, slug, uri, content, dateCreated, dateUpdated) "
         "SELECT @element, id, " +
         text(title) + ", " + text(slug) + ", " + text(uri) + ", '{}', UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM sites WHERE `primary` = 1";
}

std::string slug_of(std::string_view title) {
  std::string slug;
  for (const char c : title) {
    if (c >= 'A' && c <= 'Z') {
      slug += static_cast<char>(c - 'A' + 'a');
    } else {
      slug += c == ' ' ? '-' : c;
    }
  }
  return slug;
}

std::string remember_element() { return "SET @element = LAST_INSERT_ID()"; }

Result<std::string> last_element(SampleSite& site, const char* what) {
  auto id = site.sql().number("SELECT @element");
  if (!id) return id.take_error();
  return std::string(what) + " " + std::to_string(*id);
}

}  // namespace app::demo
