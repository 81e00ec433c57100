-- Entries, nested ones included. Their status ignores the owner's: the item shows it as it is.
--@ resource entry

--@ ids
{all_ids('craft\elements\Entry')}

--@ document
SELECT e.id, COALESCE(es.title, '') AS title, COALESCE(es.slug, '') AS slug, COALESCE(es.uri, '') AS uri,
       {dated_status(n)} AS status, s.handle AS section, t.handle AS type, url(:base, es.uri) AS url,
       ts(n.postDate) AS postDate, ts(n.expiryDate) AS expiryDate, ts(e.dateCreated) AS dateCreated,
       (SELECT a.authorId FROM entries_authors a WHERE a.entryId = e.id ORDER BY a.sortOrder LIMIT 1) AS authorId,
       e.enabled AS "enabled:bool", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN entries n ON n.id = e.id
  LEFT JOIN sections s ON s.id = n.sectionId
  LEFT JOIN entrytypes t ON t.id = n.typeId
 WHERE e.id = :id AND e.type = 'craft\elements\Entry' AND {canonical}

--@ part list
-- id, title, slug, uri, status, section, type, updatedAt=@updated, url
--@ part feed
-- +list
--@ part detail
-- +list, postDate, expiryDate, dateCreated, dateUpdated=@updated, authorId, enabled
--@ part webhook
-- id, title, slug, uri, status, updatedAt=@updated, url

--@ affected elements
{element_row('craft\elements\Entry')}
--@ affected elements_sites
{site_row('craft\elements\Entry')}
--@ affected entries
SELECT :row_id
--@ affected entries_authors
SELECT :row_entryId
--@ affected sections
SELECT id FROM entries WHERE sectionId = :row_id
--@ affected entrytypes
SELECT id FROM entries WHERE typeId = :row_id

--@ due
SELECT id, postDate AS instant FROM entries WHERE postDate > :after AND postDate <= :until
UNION ALL
SELECT id, expiryDate FROM entries WHERE expiryDate > :after AND expiryDate <= :until
