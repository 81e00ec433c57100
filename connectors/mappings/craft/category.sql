--@ resource category

--@ ids
{all_ids('craft\elements\Category')}

--@ document
SELECT e.id, COALESCE(es.title, '') AS title, COALESCE(es.slug, '') AS slug, COALESCE(es.uri, '') AS uri, g.handle AS "group", {status} AS status,
       url(:base, es.uri) AS url, ts(e.dateCreated) AS dateCreated, e.enabled AS "enabled:bool", c.groupId,
       g.handle AS "@index.group", es.slug AS "@index.slug", e.enabled = 1 AND es.enabled = 1 AS "@index.enabled", es.title AS "@words", es.slug AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN categories c ON c.id = e.id
  LEFT JOIN categorygroups g ON g.id = c.groupId
 WHERE e.id = :id AND e.type = 'craft\elements\Category' AND {canonical}

--@ part list
-- id, title, slug, uri, group, status, updatedAt=@updated, url
--@ part feed
-- +list
--@ part detail
-- +list, dateCreated, dateUpdated=@updated, enabled, groupId

--@ affected elements when class craft\elements\Category
{element_row('craft\elements\Category')}
--@ affected elements_sites when class craft\elements\Category
{site_row('craft\elements\Category')}
--@ affected categories
SELECT :row_id
--@ affected categorygroups
SELECT id FROM categories WHERE groupId = :row_id
