// The editor: titles, dates, drafts, the trash.

#include <array>

#include "app/demo/sample_actors.h"

namespace app::demo {
using engine::Result;

namespace {

constexpr std::string_view kCanonical = "e.draftId IS NULL AND e.revisionId IS NULL AND e.archived = 0";

std::string entries_where(std::string_view condition) {
  return "SELECT e.id FROM elements e JOIN entries n ON n.id = e.id JOIN elements_sites s ON s.elementId = e.id AND s.siteId = 1 WHERE " +
         std::string(kCanonical) + " AND " + std::string(condition) + " ORDER BY e.id";
}

std::string named(std::int64_t id) { return "entry " + std::to_string(id); }

/// Runs `statements(id)` on one entry that `condition` allows.
template <class Statements>
Result<std::string> on_one_entry(SampleSite& site, std::string_view condition, Statements statements) {
  auto id = site.pick(entries_where(condition));
  if (!id) return id.take_error();
  if (!*id) return std::string();
  const std::vector<std::string> list = statements(**id);
  if (auto done = site.transaction(list); !done) return done.take_error();
  return named(**id);
}

Result<std::string> edit_title(SampleSite& site) {
  return on_one_entry(site, "e.dateDeleted IS NULL", [&](std::int64_t id) {
    return std::vector<std::string>{"UPDATE elements_sites SET title = " + site.sql().quote(site.words()) +
                                        ", dateUpdated = UTC_TIMESTAMP() WHERE siteId = 1 AND elementId = " + std::to_string(id),
                                    touch(id)};
  });
}

Result<std::string> edit_slug(SampleSite& site) {
  return on_one_entry(site, "e.dateDeleted IS NULL AND n.sectionId IS NOT NULL", [&](std::int64_t id) {
    const auto slug = slug_of(site.words());
    return std::vector<std::string>{"UPDATE elements_sites SET uri = CONCAT(SUBSTRING_INDEX(uri, '/', 1), '/', " + site.sql().quote(slug) +
                                        "), slug = " + site.sql().quote(slug) + " WHERE siteId = 1 AND elementId = " + std::to_string(id),
                                    touch(id)};
  });
}

Result<std::string> insert_entry(SampleSite& site, const std::string& post_date) {
  const auto title = site.words();
  const auto section = std::to_string(1 + site.draw(3));
  const std::array statements{new_element(site, kEntryClass), remember_element(),
                              new_site_row(site, title, slug_of(title), "news/" + slug_of(title)),
                              "INSERT INTO entries (id, sectionId, typeId, postDate, dateCreated, dateUpdated) VALUES (@element, " +
                                  section + ", 1, " + post_date + ", UTC_TIMESTAMP(), UTC_TIMESTAMP())",
                              std::string("INSERT INTO entries_authors SELECT @element, MIN(id), 1 FROM users HAVING MIN(id) IS NOT NULL")};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  return last_element(site, "entry");
}

Result<std::string> create_entry(SampleSite& site) { return insert_entry(site, "UTC_TIMESTAMP()"); }

Result<std::string> schedule_entry(SampleSite& site) {
  return insert_entry(site, "UTC_TIMESTAMP() + INTERVAL '" + std::to_string(site.schedule_ahead().count()) + "' SECOND");
}

Result<std::string> create_nested(SampleSite& site) {
  auto owner = site.pick(entries_where("e.dateDeleted IS NULL AND n.sectionId IS NOT NULL"));
  if (!owner) return owner.take_error();
  if (!*owner) return std::string();
  const auto id = std::to_string(**owner);
  const std::array statements{
      new_element(site, kEntryClass), remember_element(), new_site_row(site, site.words(), "", ""),
      "INSERT INTO entries (id, primaryOwnerId, fieldId, typeId, postDate, dateCreated, dateUpdated) VALUES (@element, " + id +
          ", 1, 2, UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_TIMESTAMP())",
      "INSERT INTO elements_owners SELECT @element, " + id + ", COUNT(*) + 1 FROM elements_owners WHERE ownerId = " + id};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  return last_element(site, "entry");
}

Result<std::string> switch_enabled(SampleSite& site) {
  return on_one_entry(site, "e.dateDeleted IS NULL", [](std::int64_t id) {
    return std::vector<std::string>{"UPDATE elements SET enabled = 1 - enabled, dateUpdated = UTC_TIMESTAMP() WHERE id = " +
                                    std::to_string(id)};
  });
}

Result<std::string> change_author(SampleSite& site) {
  auto author = site.pick("SELECT id FROM users ORDER BY id");
  if (!author) return author.take_error();
  if (!*author) return std::string();
  return on_one_entry(site, "e.dateDeleted IS NULL AND n.sectionId IS NOT NULL", [&](std::int64_t id) {
    const auto entry = std::to_string(id);
    return std::vector<std::string>{"DELETE FROM entries_authors WHERE entryId = " + entry,
                                    "INSERT INTO entries_authors VALUES (" + entry + ", " + std::to_string(**author) + ", 1)", touch(id)};
  });
}

Result<std::string> trash_entry(SampleSite& site) {
  return on_one_entry(site, "e.dateDeleted IS NULL AND n.sectionId IS NOT NULL", [](std::int64_t id) {
    const auto entry = std::to_string(id);
    return std::vector<std::string>{
        "UPDATE elements SET dateDeleted = UTC_TIMESTAMP(), dateUpdated = UTC_TIMESTAMP(), deletedWithOwner = 1 WHERE dateDeleted IS NULL "
        "AND id IN "
        "(SELECT elementId FROM elements_owners WHERE ownerId = " +
            entry + ")",
        "UPDATE elements SET dateDeleted = UTC_TIMESTAMP(), dateUpdated = UTC_TIMESTAMP() WHERE id = " + entry};
  });
}

Result<std::string> restore_entry(SampleSite& site) {
  return on_one_entry(site, "e.dateDeleted IS NOT NULL AND n.sectionId IS NOT NULL", [](std::int64_t id) {
    return std::vector<std::string>{"UPDATE elements SET dateDeleted = NULL, dateUpdated = UTC_TIMESTAMP() WHERE id = " +
                                    std::to_string(id)};
  });
}

/// Only the parent's row is named: what else goes, the foreign keys decide.
Result<std::string> purge_entry(SampleSite& site) {
  return on_one_entry(site, "n.sectionId IS NOT NULL",
                      [](std::int64_t id) { return std::vector<std::string>{"DELETE FROM elements WHERE id = " + std::to_string(id)}; });
}

/// Concerns the second site only: nothing changes on the one that is served.
Result<std::string> edit_other_site(SampleSite& site) {
  auto id = site.pick("SELECT elementId FROM elements_sites WHERE siteId = 2 ORDER BY elementId");
  if (!id) return id.take_error();
  if (!*id) return std::string();
  auto done = site.sql().run("UPDATE elements_sites SET title = " + site.sql().quote(site.words()) +
                             " WHERE siteId = 2 AND elementId = " + std::to_string(**id));
  if (!done) return done.take_error();
  return named(**id);
}

Result<std::string> save_draft(SampleSite& site) {
  auto id = site.pick(entries_where("e.dateDeleted IS NULL AND n.sectionId IS NOT NULL"));
  if (!id) return id.take_error();
  if (!*id) return std::string();
  const auto entry = std::to_string(**id);
  const std::array<std::string, 7> statements{"INSERT INTO drafts (canonicalId, name) VALUES (" + entry + ", 'Draft')",
                                              "SET @draft = LAST_INSERT_ID()",
                                              "INSERT INTO elements (canonicalId, draftId, type, dateCreated, dateUpdated) VALUES (" +
                                                  entry + ", @draft, " + site.sql().quote(kEntryClass) +
                                                  ", UTC_TIMESTAMP(), UTC_TIMESTAMP())",
                                              remember_element(),
                                              new_site_row(site, site.words(), "", ""),
                                              "INSERT INTO entries (id, sectionId, typeId, postDate, dateCreated, dateUpdated) SELECT "
                                              "@element, sectionId, typeId, postDate, dateCreated, "
                                              "UTC_TIMESTAMP() FROM entries WHERE id = " +
                                                  entry,
                                              "UPDATE drafts SET notes = 'saved' WHERE canonicalId = " + entry};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  return last_element(site, "draft");
}

/// The canonical entry takes the draft's title; the draft goes, and with it, by cascade, its element.
Result<std::string> apply_draft(SampleSite& site) {
  auto draft = site.pick("SELECT d.id FROM drafts d JOIN elements e ON e.draftId = d.id WHERE d.canonicalId IS NOT NULL ORDER BY d.id");
  if (!draft) return draft.take_error();
  if (!*draft) return std::string();
  const auto id = std::to_string(**draft);
  auto canonical = site.sql().number("SELECT canonicalId FROM drafts WHERE id = " + id);
  if (!canonical) return canonical.take_error();
  const std::array<std::string, 3> statements{"UPDATE elements_sites SET title = (SELECT t.title FROM (SELECT ds.title FROM elements d "
                                                  "JOIN elements_sites ds ON ds.elementId = d.id AND ds.siteId = 1 WHERE d.draftId = " +
                                                  id + ") t) WHERE siteId = 1 AND elementId = " + std::to_string(*canonical),
                                              touch(*canonical), "DELETE FROM drafts WHERE id = " + id};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  return named(*canonical);
}

constexpr SampleSite::ActionInfo kActions[] = {
    {"edit_title", "editor", 14, edit_title},          {"edit_slug", "editor", 3, edit_slug},
    {"create_entry", "editor", 4, create_entry},       {"schedule_entry", "editor", 1, schedule_entry},
    {"create_nested", "editor", 3, create_nested},     {"switch_enabled", "editor", 3, switch_enabled},
    {"change_author", "editor", 2, change_author},     {"trash_entry", "editor", 3, trash_entry},
    {"restore_entry", "editor", 3, restore_entry},     {"purge_entry", "editor", 2, purge_entry},
    {"edit_other_site", "editor", 2, edit_other_site}, {"save_draft", "editor", 2, save_draft},
    {"apply_draft", "editor", 2, apply_draft},
};

}  // namespace

std::span<const SampleSite::ActionInfo> editor_actions() { return kActions; }

}  // namespace app::demo
