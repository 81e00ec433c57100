-- The sample site's tables: the part of a Craft CMS 5 and Commerce 5 schema that documents are made of, with its foreign keys.
-- Dates are UTC. Statements end with a semicolon at the end of a line. Built into the program by app/CMakeLists.txt.

SET foreign_key_checks = 0;

-- Sites and stores

CREATE TABLE sitegroups (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL
);

CREATE TABLE sites (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  groupId int NOT NULL,
  `primary` tinyint(1) NOT NULL,
  enabled varchar(255) NOT NULL DEFAULT 'true',
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  language varchar(255) NOT NULL,
  hasUrls tinyint(1) NOT NULL DEFAULT 0,
  baseUrl varchar(255) NULL,
  sortOrder smallint unsigned NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL,
  CONSTRAINT fk_sites_group FOREIGN KEY (groupId) REFERENCES sitegroups (id) ON DELETE CASCADE
);

CREATE TABLE commerce_stores (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  `primary` tinyint(1) NOT NULL,
  currency varchar(255) NOT NULL DEFAULT 'EUR',
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL
);

CREATE TABLE commerce_site_stores (
  siteId int NOT NULL PRIMARY KEY,
  storeId int NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL
);

CREATE TABLE projectconfig (
  path varchar(255) NOT NULL PRIMARY KEY,
  value text NOT NULL
);

-- Elements: every document is one, and everything hangs on them

CREATE TABLE elements (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  canonicalId int NULL,
  draftId int NULL,
  revisionId int NULL,
  type varchar(255) NOT NULL,
  enabled tinyint(1) NOT NULL DEFAULT 1,
  archived tinyint(1) NOT NULL DEFAULT 0,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  dateLastMerged datetime NULL,
  dateDeleted datetime NULL,
  deletedWithOwner tinyint(1) NULL,
  uid char(36) NOT NULL DEFAULT '0',
  KEY elements_by_type (type, dateUpdated),
  CONSTRAINT fk_elements_canonical FOREIGN KEY (canonicalId) REFERENCES elements (id) ON DELETE SET NULL,
  CONSTRAINT fk_elements_draft FOREIGN KEY (draftId) REFERENCES drafts (id) ON DELETE CASCADE,
  CONSTRAINT fk_elements_revision FOREIGN KEY (revisionId) REFERENCES revisions (id) ON DELETE CASCADE
);

CREATE TABLE elements_sites (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  elementId int NOT NULL,
  siteId int NOT NULL,
  title varchar(255) NULL,
  slug varchar(255) NULL,
  uri varchar(255) NULL,
  content longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL CHECK (json_valid(content)),
  enabled tinyint(1) NOT NULL DEFAULT 1,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  UNIQUE KEY elements_sites_once (elementId, siteId),
  CONSTRAINT fk_elements_sites_element FOREIGN KEY (elementId) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_elements_sites_site FOREIGN KEY (siteId) REFERENCES sites (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE elements_owners (
  elementId int NOT NULL,
  ownerId int NOT NULL,
  sortOrder smallint unsigned NOT NULL,
  PRIMARY KEY (elementId, ownerId),
  CONSTRAINT fk_elements_owners_element FOREIGN KEY (elementId) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_elements_owners_owner FOREIGN KEY (ownerId) REFERENCES elements (id) ON DELETE CASCADE
);

CREATE TABLE drafts (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  canonicalId int NULL,
  creatorId int NULL,
  provisional tinyint(1) NOT NULL DEFAULT 0,
  name varchar(255) NOT NULL,
  notes text NULL,
  saved tinyint(1) NOT NULL DEFAULT 1,
  CONSTRAINT fk_drafts_canonical FOREIGN KEY (canonicalId) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_drafts_creator FOREIGN KEY (creatorId) REFERENCES users (id) ON DELETE SET NULL
);

CREATE TABLE revisions (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  canonicalId int NOT NULL,
  creatorId int NULL,
  num int NOT NULL,
  notes text NULL,
  UNIQUE KEY revisions_once (canonicalId, num),
  CONSTRAINT fk_revisions_canonical FOREIGN KEY (canonicalId) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_revisions_creator FOREIGN KEY (creatorId) REFERENCES users (id) ON DELETE SET NULL
);

-- Entries

CREATE TABLE sections (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  type enum('single','channel','structure') NOT NULL DEFAULT 'channel',
  enableVersioning tinyint(1) NOT NULL DEFAULT 0,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL
);

CREATE TABLE entrytypes (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  hasTitleField tinyint(1) NOT NULL DEFAULT 1,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL
);

CREATE TABLE entries (
  id int NOT NULL PRIMARY KEY,
  sectionId int NULL,
  parentId int NULL,
  primaryOwnerId int NULL,
  fieldId int NULL,
  typeId int NOT NULL,
  postDate datetime NULL,
  expiryDate datetime NULL,
  status enum('live','pending','expired') NOT NULL DEFAULT 'live',
  deletedWithEntryType tinyint(1) NULL,
  deletedWithSection tinyint(1) NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_entries_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_entries_section FOREIGN KEY (sectionId) REFERENCES sections (id) ON DELETE CASCADE,
  CONSTRAINT fk_entries_parent FOREIGN KEY (parentId) REFERENCES entries (id) ON DELETE SET NULL,
  CONSTRAINT fk_entries_owner FOREIGN KEY (primaryOwnerId) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_entries_type FOREIGN KEY (typeId) REFERENCES entrytypes (id) ON DELETE CASCADE
);

CREATE TABLE entries_authors (
  entryId int NOT NULL,
  authorId int NOT NULL,
  sortOrder smallint unsigned NOT NULL,
  PRIMARY KEY (entryId, authorId),
  CONSTRAINT fk_entries_authors_entry FOREIGN KEY (entryId) REFERENCES entries (id) ON DELETE CASCADE,
  CONSTRAINT fk_entries_authors_author FOREIGN KEY (authorId) REFERENCES users (id) ON DELETE CASCADE
);

-- Files, categories, tags, globals

CREATE TABLE volumes (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  fs varchar(255) NOT NULL,
  subpath varchar(255) NULL,
  sortOrder smallint unsigned NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL
);

CREATE TABLE volumefolders (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  parentId int NULL,
  volumeId int NULL,
  name varchar(255) NOT NULL,
  path varchar(255) NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_volumefolders_parent FOREIGN KEY (parentId) REFERENCES volumefolders (id) ON DELETE CASCADE,
  CONSTRAINT fk_volumefolders_volume FOREIGN KEY (volumeId) REFERENCES volumes (id) ON DELETE CASCADE
);

CREATE TABLE assets (
  id int NOT NULL PRIMARY KEY,
  volumeId int NULL,
  folderId int NOT NULL,
  uploaderId int NULL,
  filename varchar(255) NOT NULL,
  kind varchar(50) NOT NULL DEFAULT 'unknown',
  alt text NULL,
  width int unsigned NULL,
  height int unsigned NULL,
  size bigint unsigned NULL,
  dateModified datetime NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_assets_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_assets_volume FOREIGN KEY (volumeId) REFERENCES volumes (id) ON DELETE CASCADE,
  CONSTRAINT fk_assets_folder FOREIGN KEY (folderId) REFERENCES volumefolders (id) ON DELETE CASCADE,
  CONSTRAINT fk_assets_uploader FOREIGN KEY (uploaderId) REFERENCES users (id) ON DELETE SET NULL
);

CREATE TABLE assets_sites (
  assetId int NOT NULL,
  siteId int NOT NULL,
  alt text NULL,
  PRIMARY KEY (assetId, siteId),
  CONSTRAINT fk_assets_sites_asset FOREIGN KEY (assetId) REFERENCES assets (id) ON DELETE CASCADE,
  CONSTRAINT fk_assets_sites_site FOREIGN KEY (siteId) REFERENCES sites (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE categorygroups (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL
);

CREATE TABLE categories (
  id int NOT NULL PRIMARY KEY,
  groupId int NOT NULL,
  parentId int NULL,
  deletedWithGroup tinyint(1) NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_categories_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_categories_group FOREIGN KEY (groupId) REFERENCES categorygroups (id) ON DELETE CASCADE,
  CONSTRAINT fk_categories_parent FOREIGN KEY (parentId) REFERENCES categories (id) ON DELETE SET NULL
);

CREATE TABLE taggroups (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL
);

CREATE TABLE tags (
  id int NOT NULL PRIMARY KEY,
  groupId int NOT NULL,
  deletedWithGroup tinyint(1) NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_tags_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_tags_group FOREIGN KEY (groupId) REFERENCES taggroups (id) ON DELETE CASCADE
);

CREATE TABLE globalsets (
  id int NOT NULL PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  sortOrder smallint unsigned NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_globalsets_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE
);

-- People

CREATE TABLE users (
  id int NOT NULL PRIMARY KEY,
  photoId int NULL,
  active tinyint(1) NOT NULL DEFAULT 0,
  pending tinyint(1) NOT NULL DEFAULT 0,
  locked tinyint(1) NOT NULL DEFAULT 0,
  suspended tinyint(1) NOT NULL DEFAULT 0,
  admin tinyint(1) NOT NULL DEFAULT 0,
  username varchar(255) NULL,
  fullName varchar(255) NULL,
  firstName varchar(255) NULL,
  lastName varchar(255) NULL,
  email varchar(255) NULL,
  unverifiedEmail varchar(255) NULL,
  lastLoginDate datetime NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_users_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_users_photo FOREIGN KEY (photoId) REFERENCES assets (id) ON DELETE SET NULL
);

CREATE TABLE usergroups (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL
);

CREATE TABLE usergroups_users (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  groupId int NOT NULL,
  userId int NOT NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  UNIQUE KEY usergroups_users_once (groupId, userId),
  CONSTRAINT fk_usergroups_users_group FOREIGN KEY (groupId) REFERENCES usergroups (id) ON DELETE CASCADE,
  CONSTRAINT fk_usergroups_users_user FOREIGN KEY (userId) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE addresses (
  id int NOT NULL PRIMARY KEY,
  primaryOwnerId int NULL,
  fieldId int NULL,
  countryCode varchar(255) NOT NULL,
  administrativeArea varchar(255) NULL,
  locality varchar(255) NULL,
  dependentLocality varchar(255) NULL,
  postalCode varchar(255) NULL,
  sortingCode varchar(255) NULL,
  addressLine1 varchar(255) NULL,
  addressLine2 varchar(255) NULL,
  addressLine3 varchar(255) NULL,
  organization varchar(255) NULL,
  organizationTaxId varchar(255) NULL,
  fullName varchar(255) NULL,
  firstName varchar(255) NULL,
  lastName varchar(255) NULL,
  latitude varchar(255) NULL,
  longitude varchar(255) NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_addresses_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_addresses_owner FOREIGN KEY (primaryOwnerId) REFERENCES elements (id) ON DELETE CASCADE
);

-- The shop: products, variants, stock

CREATE TABLE commerce_producttypes (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  variantTitleFormat varchar(255) NOT NULL DEFAULT '{product.title}',
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  UNIQUE KEY producttypes_handle (handle)
);

CREATE TABLE commerce_products (
  id int NOT NULL PRIMARY KEY,
  typeId int NULL,
  defaultVariantId int NULL,
  postDate datetime NULL,
  expiryDate datetime NULL,
  defaultSku varchar(255) NULL,
  defaultPrice decimal(14,4) NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_products_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_products_type FOREIGN KEY (typeId) REFERENCES commerce_producttypes (id) ON DELETE CASCADE
);

CREATE TABLE commerce_purchasables (
  id int NOT NULL PRIMARY KEY,
  sku varchar(255) NOT NULL,
  description text NULL,
  width decimal(14,4) NULL,
  height decimal(14,4) NULL,
  length decimal(14,4) NULL,
  weight decimal(14,4) NULL,
  taxCategoryId int NOT NULL DEFAULT 1,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_purchasables_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE
);

CREATE TABLE commerce_purchasables_stores (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  purchasableId int NOT NULL,
  storeId int NOT NULL,
  basePrice decimal(14,4) NULL,
  basePromotionalPrice decimal(14,4) NULL,
  promotable tinyint(1) NOT NULL DEFAULT 0,
  availableForPurchase tinyint(1) NOT NULL DEFAULT 1,
  freeShipping tinyint(1) NOT NULL DEFAULT 1,
  inventoryTracked tinyint(1) NOT NULL DEFAULT 1,
  stock int NULL,
  minQty int NULL,
  maxQty int NULL,
  shippingCategoryId int NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_purchasables_stores_purchasable FOREIGN KEY (purchasableId) REFERENCES commerce_purchasables (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_purchasables_stores_store FOREIGN KEY (storeId) REFERENCES commerce_stores (id) ON DELETE CASCADE
);

CREATE TABLE commerce_variants (
  id int NOT NULL PRIMARY KEY,
  primaryOwnerId int NULL,
  isDefault tinyint(1) NOT NULL DEFAULT 0,
  deletedWithProduct tinyint(1) NOT NULL DEFAULT 0,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_variants_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_variants_product FOREIGN KEY (primaryOwnerId) REFERENCES commerce_products (id) ON DELETE CASCADE
);

CREATE TABLE commerce_catalogpricing (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  price decimal(14,4) NULL,
  purchasableId int NOT NULL,
  storeId int NULL,
  catalogPricingRuleId int NULL,
  userId int NULL,
  dateFrom datetime NULL,
  dateTo datetime NULL,
  isPromotionalPrice tinyint(1) NULL DEFAULT 0,
  hasUpdatePending tinyint(1) NULL DEFAULT 0,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_catalogpricing_purchasable FOREIGN KEY (purchasableId) REFERENCES commerce_purchasables (id)
    ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_catalogpricing_store FOREIGN KEY (storeId) REFERENCES commerce_stores (id) ON DELETE CASCADE,
  CONSTRAINT fk_catalogpricing_user FOREIGN KEY (userId) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE commerce_donations (
  id int NOT NULL PRIMARY KEY,
  sku varchar(255) NOT NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_donations_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE
);

CREATE TABLE commerce_inventoryitems (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  purchasableId int NOT NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  UNIQUE KEY inventoryitems_purchasable (purchasableId),
  CONSTRAINT fk_inventoryitems_purchasable FOREIGN KEY (purchasableId) REFERENCES commerce_purchasables (id) ON DELETE CASCADE
);

CREATE TABLE commerce_inventorylocations (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  handle varchar(255) NOT NULL,
  name varchar(255) NOT NULL,
  addressId int NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL,
  CONSTRAINT fk_inventorylocations_address FOREIGN KEY (addressId) REFERENCES elements (id) ON DELETE CASCADE
);

CREATE TABLE commerce_inventorylocations_stores (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  inventoryLocationId int NOT NULL,
  storeId int NOT NULL,
  sortOrder int NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_locations_stores_location FOREIGN KEY (inventoryLocationId) REFERENCES commerce_inventorylocations (id) ON DELETE CASCADE,
  CONSTRAINT fk_locations_stores_store FOREIGN KEY (storeId) REFERENCES commerce_stores (id) ON DELETE CASCADE
);

CREATE TABLE commerce_inventorytransactions (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  inventoryLocationId int NOT NULL,
  inventoryItemId int NOT NULL,
  movementHash varchar(255) NOT NULL,
  quantity int NOT NULL,
  type enum('incoming','available','committed','reserved','damaged','safety','fulfilled','qualityControl') NOT NULL,
  note varchar(255) NULL,
  transferId int NULL,
  lineItemId int NULL,
  userId int NULL,
  dateCreated datetime NOT NULL,
  CONSTRAINT fk_inventorytransactions_location FOREIGN KEY (inventoryLocationId) REFERENCES commerce_inventorylocations (id) ON DELETE CASCADE,
  CONSTRAINT fk_inventorytransactions_item FOREIGN KEY (inventoryItemId) REFERENCES commerce_inventoryitems (id) ON DELETE CASCADE,
  CONSTRAINT fk_inventorytransactions_transfer FOREIGN KEY (transferId) REFERENCES commerce_transfers (id) ON DELETE SET NULL,
  CONSTRAINT fk_inventorytransactions_lineitem FOREIGN KEY (lineItemId) REFERENCES commerce_lineitems (id) ON DELETE CASCADE,
  CONSTRAINT fk_inventorytransactions_user FOREIGN KEY (userId) REFERENCES users (id) ON DELETE SET NULL
);

CREATE TABLE commerce_transfers (
  id int NOT NULL PRIMARY KEY,
  transferStatus enum('draft','pending','partial','received') NOT NULL,
  originLocationId int NULL,
  destinationLocationId int NULL,
  CONSTRAINT fk_transfers_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE commerce_transferdetails (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  transferId int NOT NULL,
  inventoryItemId int NULL,
  inventoryItemDescription varchar(255) NOT NULL,
  quantity int NOT NULL,
  quantityAccepted int NOT NULL,
  quantityRejected int NOT NULL,
  CONSTRAINT fk_transferdetails_transfer FOREIGN KEY (transferId) REFERENCES commerce_transfers (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_transferdetails_item FOREIGN KEY (inventoryItemId) REFERENCES commerce_inventoryitems (id)
    ON DELETE SET NULL ON UPDATE CASCADE
);

-- The shop: orders, payments, subscriptions

CREATE TABLE commerce_orderstatuses (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  storeId int NULL,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  color enum('green','orange','red','blue','yellow','grey') NOT NULL DEFAULT 'green',
  sortOrder int NULL,
  `default` tinyint(1) NOT NULL DEFAULT 0,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL, dateDeleted datetime NULL,
  CONSTRAINT fk_orderstatuses_store FOREIGN KEY (storeId) REFERENCES commerce_stores (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE commerce_orders (
  id int NOT NULL PRIMARY KEY,
  storeId int NOT NULL,
  billingAddressId int NULL,
  shippingAddressId int NULL,
  customerId int NULL,
  orderStatusId int NULL,
  number varchar(32) NULL,
  reference varchar(255) NULL,
  couponCode varchar(255) NULL,
  itemTotal decimal(14,4) NULL DEFAULT 0,
  itemSubtotal decimal(14,4) NULL DEFAULT 0,
  totalQty int unsigned NULL,
  total decimal(14,4) NULL DEFAULT 0,
  totalPrice decimal(14,4) NULL DEFAULT 0,
  totalPaid decimal(14,4) NULL DEFAULT 0,
  totalDiscount decimal(14,4) NULL DEFAULT 0,
  totalTax decimal(14,4) NULL DEFAULT 0,
  totalTaxIncluded decimal(14,4) NULL DEFAULT 0,
  totalShippingCost decimal(14,4) NULL DEFAULT 0,
  paidStatus enum('paid','partial','unpaid','overPaid') NULL,
  email varchar(255) NULL,
  isCompleted tinyint(1) NOT NULL DEFAULT 0,
  dateOrdered datetime NULL,
  datePaid datetime NULL,
  currency varchar(255) NULL,
  paymentCurrency varchar(255) NULL,
  orderLanguage varchar(12) NOT NULL DEFAULT 'en',
  origin enum('web','cp','remote') NOT NULL DEFAULT 'web',
  message text NULL,
  orderSiteId int NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  UNIQUE KEY orders_number (number),
  CONSTRAINT fk_orders_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_orders_store FOREIGN KEY (storeId) REFERENCES commerce_stores (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_orders_billing FOREIGN KEY (billingAddressId) REFERENCES elements (id) ON DELETE SET NULL,
  CONSTRAINT fk_orders_shipping FOREIGN KEY (shippingAddressId) REFERENCES elements (id) ON DELETE SET NULL,
  CONSTRAINT fk_orders_customer FOREIGN KEY (customerId) REFERENCES elements (id) ON DELETE SET NULL,
  CONSTRAINT fk_orders_status FOREIGN KEY (orderStatusId) REFERENCES commerce_orderstatuses (id) ON UPDATE CASCADE
);

CREATE TABLE commerce_lineitems (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  orderId int NOT NULL,
  type enum('purchasable','custom') NOT NULL DEFAULT 'purchasable',
  purchasableId int NULL,
  description text NULL,
  options text NULL,
  optionsSignature varchar(255) NOT NULL DEFAULT '',
  price decimal(14,4) unsigned NOT NULL,
  salePrice decimal(14,4) NOT NULL DEFAULT 0,
  sku varchar(255) NULL,
  subtotal decimal(14,4) unsigned NOT NULL DEFAULT 0,
  total decimal(14,4) NOT NULL DEFAULT 0,
  qty int unsigned NOT NULL,
  note text NULL,
  snapshot longtext NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_lineitems_order FOREIGN KEY (orderId) REFERENCES commerce_orders (id) ON DELETE CASCADE,
  CONSTRAINT fk_lineitems_purchasable FOREIGN KEY (purchasableId) REFERENCES elements (id) ON DELETE SET NULL ON UPDATE CASCADE
);

CREATE TABLE commerce_transactions (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  orderId int NOT NULL,
  parentId int NULL,
  gatewayId int NULL,
  userId int NULL,
  hash varchar(32) NULL,
  type enum('authorize','capture','purchase','refund') NOT NULL,
  amount decimal(14,4) NULL,
  paymentAmount decimal(14,4) NULL,
  currency varchar(255) NULL,
  status enum('pending','redirect','success','failed','processing') NOT NULL,
  reference varchar(255) NULL,
  message text NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  CONSTRAINT fk_transactions_order FOREIGN KEY (orderId) REFERENCES commerce_orders (id) ON DELETE CASCADE,
  CONSTRAINT fk_transactions_parent FOREIGN KEY (parentId) REFERENCES commerce_transactions (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT fk_transactions_user FOREIGN KEY (userId) REFERENCES elements (id) ON DELETE SET NULL
);

CREATE TABLE commerce_plans (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  gatewayId int NULL,
  name varchar(255) NOT NULL,
  handle varchar(255) NOT NULL,
  reference varchar(255) NOT NULL,
  enabled tinyint(1) NOT NULL DEFAULT 0,
  isArchived tinyint(1) NOT NULL DEFAULT 0,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  UNIQUE KEY plans_handle (handle)
);

CREATE TABLE commerce_subscriptions (
  id int NOT NULL PRIMARY KEY,
  userId int NOT NULL,
  planId int NULL,
  gatewayId int NULL,
  orderId int NULL,
  reference varchar(255) NOT NULL,
  trialDays int NOT NULL,
  nextPaymentDate datetime NULL,
  hasStarted tinyint(1) NOT NULL DEFAULT 1,
  isSuspended tinyint(1) NOT NULL DEFAULT 0,
  dateSuspended datetime NULL,
  isCanceled tinyint(1) NOT NULL DEFAULT 0,
  dateCanceled datetime NULL,
  isExpired tinyint(1) NOT NULL DEFAULT 0,
  dateExpired datetime NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  UNIQUE KEY subscriptions_reference (reference),
  CONSTRAINT fk_subscriptions_element FOREIGN KEY (id) REFERENCES elements (id) ON DELETE CASCADE,
  CONSTRAINT fk_subscriptions_user FOREIGN KEY (userId) REFERENCES users (id),
  CONSTRAINT fk_subscriptions_plan FOREIGN KEY (planId) REFERENCES commerce_plans (id),
  CONSTRAINT fk_subscriptions_order FOREIGN KEY (orderId) REFERENCES commerce_orders (id) ON DELETE SET NULL
);

-- A plugin's table: redirects of old URLs

CREATE TABLE retour_redirects (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  siteId int NULL,
  associatedElementId int NOT NULL DEFAULT 0,
  enabled tinyint(1) NOT NULL DEFAULT 1,
  redirectSrcUrl varchar(255) NOT NULL DEFAULT '',
  redirectSrcUrlParsed varchar(255) NOT NULL DEFAULT '',
  redirectSrcMatch varchar(32) NOT NULL DEFAULT 'pathonly',
  redirectMatchType varchar(32) NOT NULL DEFAULT 'exactmatch',
  redirectDestUrl varchar(255) NOT NULL DEFAULT '',
  redirectHttpCode int NOT NULL DEFAULT 301,
  priority int NOT NULL DEFAULT 5,
  hitCount int NOT NULL DEFAULT 0,
  hitLastTime datetime NULL,
  dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL,
  uid char(36) NOT NULL DEFAULT '0',
  CONSTRAINT fk_redirects_site FOREIGN KEY (siteId) REFERENCES sites (id) ON DELETE CASCADE ON UPDATE CASCADE
);

SET foreign_key_checks = 1;
