-- Products. Only the list tells stock: of enabled variants, null where one of them is not counted.
--@ resource product

--@ ids
{all_ids('craft\commerce\elements\Product')}

-- The enabled variants of the product. CROSS JOIN keeps SQLite in this order: from the few variants of one product outwards.
--@ fragment enabled_variants
elements_owners o
  CROSS JOIN elements ve ON ve.id = o.elementId AND ve.type = 'craft\commerce\elements\Variant' AND ve.enabled = 1
   AND ve.draftId IS NULL AND ve.revisionId IS NULL AND ve.archived = 0 AND ve.dateDeleted IS NULL
  CROSS JOIN elements_sites ves ON ves.elementId = ve.id AND ves.siteId = :site AND ves.enabled = 1
  CROSS JOIN commerce_purchasables_stores ps ON ps.purchasableId = ve.id AND ps.storeId = :store
 WHERE o.ownerId = :id

--@ document
WITH stocks AS MATERIALIZED (SELECT MAX(ps.inventoryTracked = 0) AS unlimited, SUM({stock(ve.id)}) AS total FROM {enabled_variants})
SELECT e.id, COALESCE(es.title, '') AS title, COALESCE(es.slug, '') AS slug, COALESCE(es.uri, '') AS uri, pt.handle AS type,
       {dated_status(e, es, p)} AS status, url(:base, es.uri) AS url,
       COALESCE(k.unlimited, 0) AS "hasUnlimitedStock:bool", CASE WHEN k.unlimited = 1 THEN NULL ELSE COALESCE(k.total, 0) END AS totalStock,
       ts(e.dateCreated) AS dateCreated,
       {dated_status(e, es, p)} AS "@index.status", COALESCE(k.unlimited, 0) AS "@fact.unlimited",
       CASE WHEN k.unlimited = 1 THEN NULL ELSE COALESCE(k.total, 0) END AS "@fact.stock",
       es.title AS "@title", es.title AS "@words", es.slug AS "@words",
       (SELECT group_concat(pu.sku, char(10)) FROM elements_owners o
          CROSS JOIN elements ve ON ve.id = o.elementId AND ve.type = 'craft\commerce\elements\Variant' AND ve.draftId IS NULL AND ve.revisionId IS NULL AND ve.dateDeleted IS NULL
          CROSS JOIN commerce_purchasables pu ON pu.id = ve.id
         WHERE o.ownerId = :id) AS "@words", {meta}
  FROM elements e
  CROSS JOIN stocks k
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN commerce_products p ON p.id = e.id
  LEFT JOIN commerce_producttypes pt ON pt.id = p.typeId
 WHERE e.id = :id AND e.type = 'craft\commerce\elements\Product' AND {canonical}

--@ part list
-- id, title, slug, uri, type, status, updatedAt=@updated, url, hasUnlimitedStock, totalStock
--@ part feed
-- id, title, slug, uri, type, status, updatedAt=@updated, url
--@ part detail
-- +list
--@ part webhook
-- id, title, slug, uri, status, updatedAt=@updated, url

-- A product's own row, or a variant's, of which less is read: then its product.
--@ affected elements when class craft\commerce\elements\Product
{element_row('craft\commerce\elements\Product')}
--@ affected elements of type enabled archived dateDeleted draftId revisionId when class craft\commerce\elements\Variant
SELECT ownerId FROM elements_owners WHERE elementId = :row_id
--@ affected elements_sites when class craft\commerce\elements\Product
{site_row('craft\commerce\elements\Product')}
--@ affected elements_sites of enabled when class craft\commerce\elements\Variant
SELECT primaryOwnerId FROM commerce_variants WHERE id = :row_elementId AND :row_siteId = :site
--@ affected commerce_products
SELECT :row_id
--@ affected commerce_producttypes
SELECT id FROM commerce_products WHERE typeId = :row_id
--@ affected elements_owners
SELECT p.id FROM commerce_products p WHERE p.id = :row_ownerId
--@ affected commerce_purchasables
SELECT ownerId FROM elements_owners WHERE elementId = :row_id
--@ affected commerce_purchasables_stores
SELECT ownerId FROM elements_owners WHERE elementId = :row_purchasableId AND :row_storeId = :store
--@ affected commerce_inventoryitems
SELECT ownerId FROM elements_owners WHERE elementId = :row_purchasableId
--@ affected commerce_inventorytransactions
SELECT o.ownerId FROM commerce_inventoryitems i JOIN elements_owners o ON o.elementId = i.purchasableId WHERE i.id = :row_inventoryItemId AND :row_type = 'available'
--@ affected commerce_inventorylocations
SELECT DISTINCT o.ownerId FROM commerce_inventorytransactions tr JOIN commerce_inventoryitems i ON i.id = tr.inventoryItemId
  JOIN elements_owners o ON o.elementId = i.purchasableId WHERE tr.inventoryLocationId = :row_id
--@ affected commerce_inventorylocations_stores
SELECT DISTINCT o.ownerId FROM commerce_inventorytransactions tr JOIN commerce_inventoryitems i ON i.id = tr.inventoryItemId
  JOIN elements_owners o ON o.elementId = i.purchasableId WHERE tr.inventoryLocationId = :row_inventoryLocationId

--@ due
SELECT id, postDate AS instant FROM commerce_products WHERE postDate > :after AND postDate <= :until
UNION ALL
SELECT id, expiryDate FROM commerce_products WHERE expiryDate > :after AND expiryDate <= :until
