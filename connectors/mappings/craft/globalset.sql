--@ resource globalset

--@ ids
{all_ids('craft\elements\GlobalSet')}

--@ document
SELECT e.id, g.name, g.handle, {status} AS status, ts(e.dateCreated) AS dateCreated, g.sortOrder, e.enabled AS "enabled:bool",
       g.handle AS "@index.handle", g.name AS "@words", g.handle AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN globalsets g ON g.id = e.id
 WHERE e.id = :id AND e.type = 'craft\elements\GlobalSet' AND {canonical}

--@ part list
-- id, name, handle, status, updatedAt=@updated
--@ part feed
-- +list
--@ part detail
-- +list, dateCreated, dateUpdated=@updated, sortOrder, enabled

--@ affected elements when class craft\elements\GlobalSet
{element_row('craft\elements\GlobalSet')}
--@ affected elements_sites when class craft\elements\GlobalSet
{site_row('craft\elements\GlobalSet')}
--@ affected globalsets
SELECT :row_id
