-- Variants. Subscribers hear of them as of their product.
--@ resource variant
--@ alias product

--@ ids
{all_ids('craft\commerce\elements\Variant')}

--@ document
SELECT e.id, o.ownerId AS productId, COALESCE(pu.sku, '') AS sku, COALESCE(es.title, '') AS title, {status} AS status,
       COALESCE(v.isDefault, 0) AS "isDefault:bool", e.enabled AS "enabled:bool", ts(e.dateCreated) AS dateCreated,
       url(:base, pes.uri) || '?variant=' || e.id AS url,
       COALESCE({stock(e.id)}, 0) AS stock, COALESCE(ps.inventoryTracked, 1) = 0 AS "hasUnlimitedStock:bool",
       COALESCE(ps.availableForPurchase = 1 AND e.enabled = 1 AND es.enabled = 1
                AND (ps.inventoryTracked = 0 OR COALESCE({stock(e.id)}, 0) >= 1) AND substr(pu.sku, 1, 7) <> '__temp_'
                AND pe.enabled = 1 AND pes.enabled = 1 AND pe.dateDeleted IS NULL
                AND p.postDate <= :now AND (p.expiryDate IS NULL OR p.expiryDate > :now), 0) AS "isAvailable:bool",
       pe.id AS "product.id", COALESCE(pes.title, '') AS "product.title", COALESCE(pes.slug, '') AS "product.slug", pt.handle AS "product.type",
       money(ps.basePrice, 4) AS "price:json", ps.minQty, ps.maxQty, ps.promotable AS "isPromotable:bool",
       money(pu.weight, 4) AS "weight:json", money(pu.length, 4) AS "length:json", money(pu.width, 4) AS "width:json", money(pu.height, 4) AS "height:json",
       {live_or_disabled} AS "@index.status",
       CASE WHEN e.enabled = 1 AND es.enabled = 1 AND pe.dateDeleted IS NULL THEN
            (SELECT x.status FROM (SELECT {dated_status(pe, pes, p)} AS status) x WHERE x.status IN ('pending', 'expired')) END AS "@index.status",
       pu.sku AS "@index.sku", o.ownerId AS "@index.productId", es.title AS "@words", es.slug AS "@words", pu.sku AS "@words", pes.title AS "@words",
       v.primaryOwnerId AS "@alias", v.primaryOwnerId IS NOT NULL AS "@webhook", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN commerce_variants v ON v.id = e.id
  JOIN commerce_purchasables pu ON pu.id = e.id
  LEFT JOIN commerce_purchasables_stores ps ON ps.purchasableId = e.id AND ps.storeId = :store
  LEFT JOIN elements_owners o ON o.elementId = e.id AND o.ownerId = v.primaryOwnerId
  LEFT JOIN elements pe ON pe.id = o.ownerId
  LEFT JOIN elements_sites pes ON pes.elementId = pe.id AND pes.siteId = :site
  LEFT JOIN commerce_products p ON p.id = pe.id
  LEFT JOIN commerce_producttypes pt ON pt.id = p.typeId
 WHERE e.id = :id AND e.type = 'craft\commerce\elements\Variant' AND {canonical}

--@ part list
-- id, productId, sku, title, status, isDefault, enabled, dateCreated, updatedAt=@updated, url, stock, hasUnlimitedStock, isAvailable,
-- product.id=product.id, product.title=product.title, product.slug=product.slug, product.type=product.type
--@ part feed
-- +list
--@ part detail
-- +list, price, minQty, maxQty, isPromotable, weight, length, width, height
--@ part webhook
-- id=@alias, updatedAt=@updated

-- A variant's own row, or its product's, of which less is read.
--@ affected elements when class craft\commerce\elements\Variant
{element_row('craft\commerce\elements\Variant')}
--@ affected elements of enabled dateDeleted
SELECT id FROM commerce_variants WHERE primaryOwnerId = :row_id
--@ affected elements_sites when class craft\commerce\elements\Variant
{site_row('craft\commerce\elements\Variant')}
--@ affected elements_sites of title slug uri enabled
SELECT id FROM commerce_variants WHERE primaryOwnerId = :row_elementId AND :row_siteId = :site
--@ affected commerce_variants
SELECT :row_id
--@ affected commerce_products
SELECT id FROM commerce_variants WHERE primaryOwnerId = :row_id
--@ affected commerce_producttypes
SELECT v.id FROM commerce_products p JOIN commerce_variants v ON v.primaryOwnerId = p.id WHERE p.typeId = :row_id
--@ affected commerce_purchasables
SELECT id FROM commerce_variants WHERE id = :row_id
--@ affected commerce_purchasables_stores
SELECT id FROM commerce_variants WHERE id = :row_purchasableId AND :row_storeId = :store
--@ affected elements_owners
SELECT id FROM commerce_variants WHERE id = :row_elementId
--@ affected commerce_inventoryitems
SELECT id FROM commerce_variants WHERE id = :row_purchasableId
--@ affected commerce_inventorytransactions
SELECT i.purchasableId FROM commerce_inventoryitems i JOIN commerce_variants v ON v.id = i.purchasableId WHERE i.id = :row_inventoryItemId AND :row_type = 'available'
--@ affected commerce_inventorylocations
SELECT DISTINCT v.id FROM commerce_inventorytransactions tr JOIN commerce_inventoryitems i ON i.id = tr.inventoryItemId
  JOIN commerce_variants v ON v.id = i.purchasableId WHERE tr.inventoryLocationId = :row_id
--@ affected commerce_inventorylocations_stores
SELECT DISTINCT v.id FROM commerce_inventorytransactions tr JOIN commerce_inventoryitems i ON i.id = tr.inventoryItemId
  JOIN commerce_variants v ON v.id = i.purchasableId WHERE tr.inventoryLocationId = :row_inventoryLocationId

-- A variant becomes available, or stops being so, with its product.
--@ due
SELECT v.id AS id, p.postDate AS instant FROM commerce_products p JOIN commerce_variants v ON v.primaryOwnerId = p.id WHERE p.postDate > :after AND p.postDate <= :until
UNION ALL
SELECT v.id, p.expiryDate FROM commerce_products p JOIN commerce_variants v ON v.primaryOwnerId = p.id WHERE p.expiryDate > :after AND p.expiryDate <= :until
