--@ resource transfer

--@ ids
{all_ids('craft\commerce\elements\Transfer')}

--@ fragment label
CASE WHEN ol.id IS NULL AND dl.id IS NULL THEN 'Transfer' ELSE COALESCE(ol.name, '') || ' to ' || COALESCE(dl.name, '') END

--@ document
SELECT e.id, {label} AS label,
       t.transferStatus AS status, t.originLocationId, t.destinationLocationId, ts(e.dateCreated) AS dateCreated,
       ol.id AS "originLocation.id", ol.name AS "originLocation.name", dl.id AS "destinationLocation.id", dl.name AS "destinationLocation.name",
       (SELECT COUNT(d.id) FROM commerce_transferdetails d WHERE d.transferId = e.id) AS detailsCount,
       t.transferStatus AS "@index.status", t.originLocationId AS "@index.originLocationId", t.destinationLocationId AS "@index.destinationLocationId",
       {label} AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN commerce_transfers t ON t.id = e.id
  LEFT JOIN commerce_inventorylocations ol ON ol.id = t.originLocationId AND ol.dateDeleted IS NULL
  LEFT JOIN commerce_inventorylocations dl ON dl.id = t.destinationLocationId AND dl.dateDeleted IS NULL
 WHERE e.id = :id AND e.type = 'craft\commerce\elements\Transfer' AND {canonical}

--@ part list
-- id, label, status, originLocationId, destinationLocationId, dateCreated, updatedAt=@updated
--@ part feed
-- +list
--@ part detail
-- +list, originLocation.id=originLocation.id, originLocation.name=originLocation.name,
-- destinationLocation.id=destinationLocation.id, destinationLocation.name=destinationLocation.name, detailsCount

--@ affected elements when class craft\commerce\elements\Transfer
{element_row('craft\commerce\elements\Transfer')}
--@ affected elements_sites when class craft\commerce\elements\Transfer
{site_row('craft\commerce\elements\Transfer')}
--@ affected commerce_transfers
SELECT :row_id
--@ affected commerce_inventorylocations
SELECT id FROM commerce_transfers WHERE originLocationId = :row_id UNION SELECT id FROM commerce_transfers WHERE destinationLocationId = :row_id
--@ affected commerce_transferdetails
SELECT :row_transferId
