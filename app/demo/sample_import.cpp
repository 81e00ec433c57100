// The import job: many rows at once, nothing at all, and changes to the tables themselves.

#include <array>

#include "app/demo/sample_actors.h"

namespace app::demo {
using engine::Result;

namespace {

/// One transaction over many entries.
Result<std::string> bulk_update(SampleSite& site) {
  const auto mark = site.sql().quote(" #" + std::to_string(site.draw(100000)));
  const auto remainder = std::to_string(site.draw(4));
  const std::string chosen = "siteId = 1 AND elementId IN (SELECT id FROM entries WHERE id % 4 = " + remainder + ")";
  const std::array<std::string, 2> statements{
      "UPDATE elements SET dateUpdated = UTC_TIMESTAMP() WHERE id IN (SELECT id FROM entries WHERE id % 4 = " + remainder + ")",
      "UPDATE elements_sites SET title = CONCAT(SUBSTRING_INDEX(title, ' #', 1), " + mark + ") WHERE " + chosen};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  return std::string("a quarter of the entries");
}

/// Rows are written, no document changes.
Result<std::string> save_unchanged(SampleSite& site) {
  auto done = site.sql().run(
      "UPDATE elements_sites SET dateUpdated = UTC_TIMESTAMP(), content = CONCAT('{\"checked\": ', UNIX_TIMESTAMP(), '}') WHERE siteId = 1");
  if (!done) return done.take_error();
  return std::string("every element");
}

Result<std::string> roll_back(SampleSite& site) {
  for (const char* statement : {"START TRANSACTION", "UPDATE elements_sites SET title = 'never seen'",
                                "DELETE FROM elements WHERE id % 2 = 0 AND type LIKE '%Entry'", "ROLLBACK"}) {
    if (auto done = site.sql().run(statement); !done) return done.take_error();
  }
  return std::string("nothing, in the end");
}

/// Adds a column to a table in use, or takes it away again.
Result<std::string> alter_table(SampleSite& site) {
  auto there = site.sql().number(
      "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'entries' AND LOWER(column_name) = "
      "'importmark'");
  if (!there) return there.take_error();
  auto done = site.sql().run(*there ? "ALTER TABLE entries DROP COLUMN importMark"
                                    : "ALTER TABLE entries ADD COLUMN importMark varchar(32) NOT NULL DEFAULT 'none' AFTER typeId");
  if (!done) return done.take_error();
  return std::string(*there ? "column dropped" : "column added");
}

/// Every entry of the section changes although only the section's row is written.
Result<std::string> rename_section(SampleSite& site) {
  auto id = site.pick("SELECT id FROM sections ORDER BY id");
  if (!id) return id.take_error();
  if (!*id) return std::string();
  auto done = site.sql().run("UPDATE sections SET handle = CONCAT(SUBSTRING_INDEX(handle, '_', 1), '_" + std::to_string(site.draw(1000)) +
                             "'), dateUpdated = UTC_TIMESTAMP() WHERE id = " + std::to_string(**id));
  if (!done) return done.take_error();
  return "section " + std::to_string(**id);
}

/// The orders follow by ON UPDATE CASCADE; no document shows the number.
Result<std::string> renumber_status(SampleSite& site) {
  auto id = site.pick("SELECT id FROM commerce_orderstatuses ORDER BY id");
  if (!id) return id.take_error();
  if (!*id) return std::string();
  auto free_id = site.sql().number("SELECT MAX(id) + 1 FROM commerce_orderstatuses");
  if (!free_id) return free_id.take_error();
  auto done = site.sql().run("UPDATE commerce_orderstatuses SET id = " + std::to_string(*free_id) + " WHERE id = " + std::to_string(**id));
  if (!done) return done.take_error();
  return "order status " + std::to_string(**id) + " is now " + std::to_string(*free_id);
}

constexpr SampleSite::ActionInfo kActions[] = {
    {"bulk_update", "import", 2, bulk_update},       {"save_unchanged", "import", 2, save_unchanged},
    {"roll_back", "import", 2, roll_back},           {"alter_table", "import", 1, alter_table},
    {"rename_section", "import", 1, rename_section}, {"renumber_status", "import", 1, renumber_status},
};

}  // namespace

std::span<const SampleSite::ActionInfo> import_actions() { return kActions; }

}  // namespace app::demo
