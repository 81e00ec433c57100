--@ resource tag

--@ ids
{all_ids('craft\elements\Tag')}

--@ document
SELECT e.id, COALESCE(es.title, '') AS title, COALESCE(es.slug, '') AS slug, COALESCE(es.uri, '') AS uri, g.handle AS "group", {status} AS status,
       url(:base, es.uri) AS url, ts(e.dateCreated) AS dateCreated, e.enabled AS "enabled:bool", c.groupId,
       g.handle AS "@index.group", es.slug AS "@index.slug", es.title AS "@words", es.slug AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN tags c ON c.id = e.id
  LEFT JOIN taggroups g ON g.id = c.groupId
 WHERE e.id = :id AND e.type = 'craft\elements\Tag' AND {canonical}

--@ part list
-- id, title, slug, uri, group, status, updatedAt=@updated, url
--@ part feed
-- +list
--@ part detail
-- +list, dateCreated, dateUpdated=@updated, enabled, groupId

--@ affected elements when class craft\elements\Tag
{element_row('craft\elements\Tag')}
--@ affected elements_sites when class craft\elements\Tag
{site_row('craft\elements\Tag')}
--@ affected tags
SELECT :row_id
--@ affected taggroups
SELECT id FROM tags WHERE groupId = :row_id
