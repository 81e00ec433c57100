-- What every resource of this mapping shares: settings, parameters, tables, pieces of SQL.

--@ setting base
--@ setting site primary
--@ setting files none

-- :base is the base URL of the served site with exactly one slash at its end. The site's own column may hold a reference ($NAME, @alias), so it is configured.
--@ parameter base required
SELECT rtrim(:base, '/') || '/'

-- :site: "primary", a handle, or an id.
--@ parameter site required
SELECT id FROM sites
 WHERE dateDeleted IS NULL AND CASE WHEN :site = 'primary' THEN "primary" = 1 ELSE handle = :site OR id = CAST(:site AS INTEGER) END
 ORDER BY id LIMIT 1

--@ parameter store
SELECT storeId FROM commerce_site_stores WHERE siteId = :site

-- Neither draft nor revision nor archived; deleted ones included, they leave tombstones.
--@ fragment canonical
e.draftId IS NULL AND e.revisionId IS NULL AND e.archived = 0

--@ fragment meta
CASE WHEN e.dateDeleted IS NULL THEN 'live' ELSE 'deleted' END AS "@state", e.dateCreated AS "@created", COALESCE(e.dateDeleted, e.dateUpdated) AS "@updated"

--@ fragment status
CASE WHEN e.enabled = 1 AND es.enabled = 1 THEN 'enabled' ELSE 'disabled' END

-- {dated_status(e, es, n)}: rows of elements and elements_sites, and one with postDate and expiryDate.
--@ fragment dated_status
CASE WHEN $1.enabled = 0 OR $2.enabled = 0 THEN 'disabled'
     WHEN $3.postDate IS NULL THEN 'enabled'
     WHEN $3.postDate > :now THEN 'pending'
     WHEN $3.expiryDate IS NOT NULL AND $3.expiryDate <= :now THEN 'expired'
     ELSE 'live' END

-- What status filters find where the CMS itself knows enabled and disabled only.
--@ fragment live_or_disabled
CASE WHEN e.enabled = 1 AND es.enabled = 1 THEN 'live' ELSE 'disabled' END

-- {stock(x)}: what the store's locations have of purchasable x. A location below zero counts as empty; null where nothing was ever booked.
--@ fragment stock
(SELECT SUM(MAX(at_location.available, 0))
   FROM (SELECT SUM(tr.quantity) AS available
           FROM commerce_inventoryitems i
           JOIN commerce_inventorytransactions tr ON tr.inventoryItemId = i.id AND tr.type = 'available'
           JOIN commerce_inventorylocations_stores ls ON ls.inventoryLocationId = tr.inventoryLocationId AND ls.storeId = :store
           JOIN commerce_inventorylocations il ON il.id = tr.inventoryLocationId AND il.dateDeleted IS NULL
          WHERE i.purchasableId = $1
          GROUP BY tr.inventoryLocationId) at_location)

-- Most classes have a resource that asks for the rows of its own class only: one look tells them all.
--@ guard class elements
SELECT :row_type

--@ guard class elements_sites
SELECT e.type FROM elements e WHERE e.id = :row_elementId AND :row_siteId = :site

-- {element_row(class)}: the changed row of elements, where it is one of ours.
--@ fragment element_row
SELECT :row_id WHERE :row_type = $1 AND :row_draftId IS NULL AND :row_revisionId IS NULL

-- {site_row(class)}: the element of the changed row of elements_sites.
--@ fragment site_row
SELECT e.id FROM elements e WHERE e.id = :row_elementId AND :row_siteId = :site AND e.type = $1 AND e.draftId IS NULL AND e.revisionId IS NULL

--@ fragment all_ids
SELECT e.id FROM elements e WHERE e.type = $1 AND e.draftId IS NULL AND e.revisionId IS NULL AND e.archived = 0

--@ tables
CREATE TABLE sites (id INTEGER PRIMARY KEY, "primary", handle, dateDeleted);
CREATE TABLE elements (id INTEGER PRIMARY KEY, draftId, revisionId, type, enabled, archived, dateCreated, dateUpdated, dateDeleted, uid);
CREATE TABLE elements_sites (id INTEGER PRIMARY KEY, elementId, siteId, title, slug, uri, enabled);
CREATE TABLE elements_owners (elementId, ownerId, sortOrder);

CREATE TABLE entries (id INTEGER PRIMARY KEY, sectionId, primaryOwnerId, typeId, postDate, expiryDate);
CREATE TABLE entries_authors (entryId, authorId, sortOrder);
CREATE TABLE sections (id INTEGER PRIMARY KEY, name, handle, type, dateCreated, dateUpdated, dateDeleted);
CREATE TABLE entrytypes (id INTEGER PRIMARY KEY, handle);

CREATE TABLE assets (id INTEGER PRIMARY KEY, volumeId, folderId, uploaderId, filename, kind, alt, width, height, size, dateModified);
CREATE TABLE assets_sites (assetId, siteId, alt);
CREATE TABLE volumes (id INTEGER PRIMARY KEY, handle, fs, subpath);
CREATE TABLE volumefolders (id INTEGER PRIMARY KEY, path);
CREATE TABLE projectconfig (path, value);

CREATE TABLE categories (id INTEGER PRIMARY KEY, groupId);
CREATE TABLE categorygroups (id INTEGER PRIMARY KEY, handle);
CREATE TABLE tags (id INTEGER PRIMARY KEY, groupId);
CREATE TABLE taggroups (id INTEGER PRIMARY KEY, handle);
CREATE TABLE globalsets (id INTEGER PRIMARY KEY, name, handle, sortOrder);

CREATE TABLE addresses (id INTEGER PRIMARY KEY, primaryOwnerId, fieldId, countryCode, administrativeArea, locality, dependentLocality, postalCode, sortingCode,
                        addressLine1, addressLine2, addressLine3, organization, organizationTaxId, fullName, firstName, lastName, latitude, longitude);
CREATE TABLE contentblocks (id INTEGER PRIMARY KEY, primaryOwnerId, fieldId);
CREATE TABLE fields (id INTEGER PRIMARY KEY, handle);
CREATE TABLE users (id INTEGER PRIMARY KEY, active, pending, locked, suspended, admin, username, firstName, lastName, email, lastLoginDate, unverifiedEmail);
CREATE TABLE usergroups (id INTEGER PRIMARY KEY, handle);
CREATE TABLE usergroups_users (id INTEGER PRIMARY KEY, groupId, userId);

CREATE TABLE commerce_site_stores (siteId, storeId);
CREATE TABLE commerce_products (id INTEGER PRIMARY KEY, typeId, postDate, expiryDate);
CREATE TABLE commerce_producttypes (id INTEGER PRIMARY KEY, handle);
CREATE TABLE commerce_variants (id INTEGER PRIMARY KEY, primaryOwnerId, isDefault);
CREATE TABLE commerce_purchasables (id INTEGER PRIMARY KEY, sku, width DECIMAL(14,4), height DECIMAL(14,4), length DECIMAL(14,4), weight DECIMAL(14,4), taxCategoryId);
CREATE TABLE commerce_purchasables_stores (id INTEGER PRIMARY KEY, purchasableId, storeId, basePrice DECIMAL(14,4), promotable, availableForPurchase, freeShipping,
                                           inventoryTracked, minQty, maxQty, shippingCategoryId);
CREATE TABLE commerce_inventoryitems (id INTEGER PRIMARY KEY, purchasableId);
CREATE TABLE commerce_inventorytransactions (id INTEGER PRIMARY KEY, inventoryLocationId, inventoryItemId, quantity, type);
CREATE TABLE commerce_inventorylocations (id INTEGER PRIMARY KEY, name, dateDeleted);
CREATE TABLE commerce_inventorylocations_stores (id INTEGER PRIMARY KEY, inventoryLocationId, storeId);
CREATE TABLE commerce_orders (id INTEGER PRIMARY KEY, customerId, orderStatusId, number, reference, isCompleted, itemTotal DECIMAL(14,4), itemSubtotal DECIMAL(14,4),
                              totalPrice DECIMAL(14,4), totalTax DECIMAL(14,4), totalShippingCost DECIMAL(14,4), dateUpdated);
CREATE TABLE commerce_orderstatuses (id INTEGER PRIMARY KEY, handle, name);
CREATE TABLE commerce_transactions (id INTEGER PRIMARY KEY, orderId, type, status, amount DECIMAL(14,4));
CREATE TABLE commerce_lineitems (id INTEGER PRIMARY KEY, orderId, description, sku, qty, salePrice DECIMAL(14,4), subtotal DECIMAL(14,4), total DECIMAL(14,4), dateCreated);
CREATE TABLE commerce_subscriptions (id INTEGER PRIMARY KEY, userId, planId, gatewayId, orderId, reference, trialDays, nextPaymentDate, hasStarted, isSuspended, isCanceled, isExpired, dateCreated);
CREATE TABLE commerce_plans (id INTEGER PRIMARY KEY, name, handle);
CREATE TABLE commerce_transfers (id INTEGER PRIMARY KEY, transferStatus, originLocationId, destinationLocationId);
CREATE TABLE commerce_transferdetails (id INTEGER PRIMARY KEY, transferId);

CREATE INDEX i01 ON elements (type);
CREATE INDEX i02 ON elements_sites (elementId, siteId);
CREATE INDEX i03 ON elements_owners (ownerId);
CREATE INDEX i04 ON entries (sectionId);
CREATE INDEX i05 ON entries (typeId);
CREATE INDEX i06 ON entries (postDate);
CREATE INDEX i07 ON entries (expiryDate);
CREATE INDEX i08 ON entries_authors (entryId, sortOrder);
CREATE INDEX i09 ON assets (volumeId);
CREATE INDEX i10 ON assets (folderId);
CREATE INDEX i11 ON projectconfig (path);
CREATE INDEX i12 ON volumes (fs);
CREATE INDEX i13 ON categories (groupId);
CREATE INDEX i14 ON tags (groupId);
CREATE INDEX i15 ON usergroups_users (userId);
CREATE INDEX i16 ON usergroups_users (groupId);
CREATE INDEX i17 ON commerce_products (typeId);
CREATE INDEX i18 ON commerce_products (postDate);
CREATE INDEX i19 ON commerce_products (expiryDate);
CREATE INDEX i20 ON commerce_variants (primaryOwnerId);
CREATE INDEX i21 ON commerce_purchasables_stores (purchasableId, storeId);
CREATE INDEX i22 ON commerce_inventoryitems (purchasableId);
CREATE INDEX i23 ON commerce_inventorytransactions (inventoryItemId);
CREATE INDEX i24 ON commerce_inventorytransactions (inventoryLocationId);
CREATE INDEX i25 ON commerce_inventorylocations_stores (inventoryLocationId, storeId);
CREATE INDEX i26 ON commerce_orders (customerId);
CREATE INDEX i27 ON commerce_orders (orderStatusId);
CREATE INDEX i28 ON commerce_transactions (orderId);
CREATE INDEX i29 ON commerce_lineitems (orderId);
CREATE INDEX i30 ON commerce_subscriptions (planId);
CREATE INDEX i31 ON commerce_subscriptions (userId);
CREATE INDEX i32 ON commerce_subscriptions (trialDays);
CREATE INDEX i33 ON commerce_transfers (originLocationId);
CREATE INDEX i34 ON commerce_transfers (destinationLocationId);
CREATE INDEX i35 ON commerce_transferdetails (transferId);
CREATE INDEX i36 ON assets_sites (assetId, siteId);
CREATE INDEX i37 ON entries (primaryOwnerId);
CREATE INDEX i38 ON addresses (primaryOwnerId);
CREATE INDEX i39 ON contentblocks (fieldId);
