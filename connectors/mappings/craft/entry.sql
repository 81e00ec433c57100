-- Entries, nested ones included. Their status ignores the owner's: the item shows it as it is. Who may see live entries only, sees nested ones whose
-- owners are live, all the way up; the fact ownersLive says so.
--@ resource entry
--@ optional commerce_products

--@ ids
{all_ids('craft\elements\Entry')}

-- {entries_below(id, condition)}: the element if it is an entry, and the entries nested in it, at any depth. Most have nothing below them, which three looks
-- tell; the walk is asked for only behind those.
--@ fragment entries_below
SELECT n.id FROM entries n CROSS JOIN elements e ON e.id = n.id AND e.draftId IS NULL AND e.revisionId IS NULL WHERE n.id = $1 AND $2
UNION ALL
SELECT n.id
  FROM (SELECT 1 WHERE $2 AND (EXISTS (SELECT 1 FROM entries x WHERE x.primaryOwnerId = $1) OR EXISTS (SELECT 1 FROM addresses x WHERE x.primaryOwnerId = $1)
                               OR EXISTS (SELECT 1 FROM elements_owners x WHERE x.ownerId = $1)))
 CROSS JOIN entries n CROSS JOIN elements e ON e.id = n.id AND e.draftId IS NULL AND e.revisionId IS NULL
 WHERE n.id IN (
  WITH RECURSIVE below (id) AS (
    SELECT $1
    UNION SELECT x.id FROM below CROSS JOIN entries x ON x.primaryOwnerId = below.id
    UNION SELECT x.id FROM below CROSS JOIN addresses x ON x.primaryOwnerId = below.id
    UNION SELECT x.elementId FROM below CROSS JOIN elements_owners x ON x.ownerId = below.id)
  SELECT id FROM below)

-- {dates_allow(n)}: a row with dates, or none, says live.
--@ fragment dates_allow
($1.id IS NULL OR $1.postDate <= :now AND ($1.expiryDate IS NULL OR $1.expiryDate > :now))

-- An element without an owner column of its own (a variant, a content block) has rows in elements_owners; those of drafts and revisions lead nowhere.
--@ document
WITH RECURSIVE owners (id) AS (
  SELECT n.primaryOwnerId FROM entries n WHERE n.id = :id AND n.primaryOwnerId IS NOT NULL
  UNION SELECT n.primaryOwnerId FROM owners CROSS JOIN entries n ON n.id = owners.id AND n.primaryOwnerId IS NOT NULL
  UNION SELECT a.primaryOwnerId FROM owners CROSS JOIN addresses a ON a.id = owners.id AND a.primaryOwnerId IS NOT NULL
  UNION SELECT w.ownerId FROM owners CROSS JOIN elements_owners w ON w.elementId = owners.id
    CROSS JOIN elements o ON o.id = w.ownerId AND o.draftId IS NULL AND o.revisionId IS NULL)
SELECT e.id, COALESCE(es.title, '') AS title, COALESCE(es.slug, '') AS slug, COALESCE(es.uri, '') AS uri,
       {dated_status(e, es, n)} AS status, s.handle AS section, t.handle AS type, url(:base, es.uri) AS url,
       ts(n.postDate) AS postDate, ts(n.expiryDate) AS expiryDate, ts(e.dateCreated) AS dateCreated,
       (SELECT a.authorId FROM entries_authors a WHERE a.entryId = e.id ORDER BY a.sortOrder LIMIT 1) AS authorId,
       e.enabled AS "enabled:bool",
       {dated_status(e, es, n)} AS "@index.status", s.handle AS "@index.section", t.handle AS "@index.type", es.slug AS "@index.slug",
       CASE WHEN n.primaryOwnerId IS NULL THEN 1 ELSE  -- nobody above it: most entries, and nothing to walk through
       NOT EXISTS (SELECT 1 FROM owners
                     LEFT JOIN elements o ON o.id = owners.id
                     LEFT JOIN elements_sites os ON os.elementId = o.id AND os.siteId = :site
                     LEFT JOIN entries od ON od.id = o.id
                     LEFT JOIN commerce_products op ON op.id = o.id
                    WHERE NOT COALESCE(o.enabled = 1 AND os.enabled = 1 AND o.archived = 0 AND o.dateDeleted IS NULL AND o.draftId IS NULL AND o.revisionId IS NULL
                                       AND {dates_allow(od)} AND {dates_allow(op)}, 0)) END AS "@fact.ownersLive",
       es.title AS "@words", es.slug AS "@words", {meta}
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

-- An entry's own row, or an owner's, of which less is read.
--@ affected elements when class craft\elements\Entry
{element_row('craft\elements\Entry')}
--@ affected elements of enabled archived dateDeleted draftId revisionId
{entries_below(:row_id, 1)}
--@ affected elements_sites when class craft\elements\Entry
{site_row('craft\elements\Entry')}
--@ affected elements_sites of enabled
{entries_below(:row_elementId, :row_siteId = :site)}
--@ affected addresses commerce_products entries
{entries_below(:row_id, 1)}
--@ affected elements_owners
{entries_below(:row_elementId, 1)}
--@ affected entries_authors
SELECT :row_entryId
--@ affected sections
SELECT id FROM entries WHERE sectionId = :row_id
--@ affected entrytypes
SELECT id FROM entries WHERE typeId = :row_id

-- An entry's own dates, or an owner's.
--@ due
WITH RECURSIVE passing (id, instant) AS (
  SELECT id, postDate FROM entries WHERE postDate > :after AND postDate <= :until
  UNION SELECT id, expiryDate FROM entries WHERE expiryDate > :after AND expiryDate <= :until
  UNION SELECT id, postDate FROM commerce_products WHERE postDate > :after AND postDate <= :until
  UNION SELECT id, expiryDate FROM commerce_products WHERE expiryDate > :after AND expiryDate <= :until
  UNION SELECT x.id, passing.instant FROM passing CROSS JOIN entries x ON x.primaryOwnerId = passing.id
  UNION SELECT x.id, passing.instant FROM passing CROSS JOIN addresses x ON x.primaryOwnerId = passing.id
  UNION SELECT x.elementId, passing.instant FROM passing CROSS JOIN elements_owners x ON x.ownerId = passing.id)
SELECT n.id AS id, passing.instant AS instant FROM passing CROSS JOIN entries n ON n.id = passing.id

--@ next
SELECT MIN(instant)
  FROM (SELECT MIN(postDate) AS instant FROM entries WHERE postDate > :after
        UNION ALL SELECT MIN(expiryDate) FROM entries WHERE expiryDate > :after
        UNION ALL SELECT MIN(postDate) FROM commerce_products WHERE postDate > :after
        UNION ALL SELECT MIN(expiryDate) FROM commerce_products WHERE expiryDate > :after)
