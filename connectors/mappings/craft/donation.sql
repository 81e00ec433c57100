-- Donations have no page: url is null.
--@ resource donation

--@ ids
{all_ids('craft\commerce\elements\Donation')}

--@ document
SELECT e.id, COALESCE(pu.sku, '') AS sku, COALESCE(es.title, '') AS title, {status} AS status, e.enabled AS "enabled:bool",
       COALESCE(ps.availableForPurchase, 0) AS "availableForPurchase:bool", ts(e.dateCreated) AS dateCreated,
       COALESCE(ps.promotable, 0) AS "promotable:bool", COALESCE(ps.freeShipping, 0) AS "freeShipping:bool", pu.taxCategoryId, ps.shippingCategoryId,
       {live_or_disabled} AS "@index.status", pu.sku AS "@index.sku", es.title AS "@words", pu.sku AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN commerce_purchasables pu ON pu.id = e.id
  LEFT JOIN commerce_purchasables_stores ps ON ps.purchasableId = e.id AND ps.storeId = :store
 WHERE e.id = :id AND e.type = 'craft\commerce\elements\Donation' AND {canonical}

--@ part list
-- id, sku, title, status, enabled, availableForPurchase, dateCreated, updatedAt=@updated, url=null
--@ part feed
-- +list
--@ part detail
-- +list, price=0, salePrice=0, promotable, freeShipping, taxCategoryId, shippingCategoryId

--@ affected elements when class craft\commerce\elements\Donation
{element_row('craft\commerce\elements\Donation')}
--@ affected elements_sites when class craft\commerce\elements\Donation
{site_row('craft\commerce\elements\Donation')}
--@ affected commerce_purchasables
SELECT e.id FROM elements e WHERE e.id = :row_id AND e.type = 'craft\commerce\elements\Donation'
--@ affected commerce_purchasables_stores
SELECT e.id FROM elements e WHERE e.id = :row_purchasableId AND e.type = 'craft\commerce\elements\Donation'
