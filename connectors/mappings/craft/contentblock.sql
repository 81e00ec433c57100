-- Content blocks: nested elements of one field. Versions of the CMS before 5.8 have none.
--@ resource contentblock

--@ ids
{all_ids('craft\elements\ContentBlock')}

--@ document
SELECT e.id, COALESCE(es.title, '') AS title, b.fieldId, f.handle AS field, COALESCE(o.ownerId, b.primaryOwnerId) AS ownerId, b.primaryOwnerId, o.sortOrder,
       {status} AS status, ts(e.dateCreated) AS dateCreated, e.enabled AS "enabled:bool",
       COALESCE(o.ownerId, b.primaryOwnerId) AS "@index.ownerId", b.fieldId AS "@index.fieldId", e.uid AS "@index.uid", es.title AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN contentblocks b ON b.id = e.id
  LEFT JOIN fields f ON f.id = b.fieldId
  LEFT JOIN elements_owners o ON o.elementId = e.id AND o.ownerId = b.primaryOwnerId
 WHERE e.id = :id AND e.type = 'craft\elements\ContentBlock' AND {canonical}

--@ part list
-- id, title, fieldId, field, ownerId, primaryOwnerId, sortOrder, status, updatedAt=@updated
--@ part feed
-- +list
--@ part detail
-- +list, dateCreated, dateUpdated=@updated, enabled

--@ affected elements when class craft\elements\ContentBlock
{element_row('craft\elements\ContentBlock')}
--@ affected elements_sites when class craft\elements\ContentBlock
{site_row('craft\elements\ContentBlock')}
--@ affected contentblocks
SELECT :row_id
--@ affected fields
SELECT id FROM contentblocks WHERE fieldId = :row_id
--@ affected elements_owners
SELECT id FROM contentblocks WHERE id = :row_elementId
