-- Addresses. Everything personal is null unless a sensitive scope asks, or redaction is switched off.
--@ resource address

--@ ids
{all_ids('craft\elements\Address')}

--@ document
SELECT e.id, COALESCE(es.title, '') AS title, a.countryCode, {status} AS status, COALESCE(o.ownerId, a.primaryOwnerId) AS ownerId,
       NULLIF(a.fullName, '') AS fullName, NULLIF(a.organization, '') AS organization, a.postalCode, NULLIF(a.locality, '') AS locality,
       NULLIF(a.administrativeArea, '') AS administrativeArea, ts(e.dateCreated) AS dateCreated, a.fieldId, a.primaryOwnerId, o.sortOrder,
       NULLIF(a.firstName, '') AS firstName, NULLIF(a.lastName, '') AS lastName, NULLIF(a.organizationTaxId, '') AS organizationTaxId,
       NULLIF(a.addressLine1, '') AS addressLine1, NULLIF(a.addressLine2, '') AS addressLine2, NULLIF(a.addressLine3, '') AS addressLine3,
       NULLIF(a.dependentLocality, '') AS dependentLocality, NULLIF(a.sortingCode, '') AS sortingCode,
       NULLIF(a.latitude, '') AS latitude, NULLIF(a.longitude, '') AS longitude,
       COALESCE(o.ownerId, a.primaryOwnerId) AS "@index.ownerId", a.countryCode AS "@index.countryCode", a.postalCode AS "@index.postalCode", e.uid AS "@index.uid",
       es.title AS "@words", a.fullName AS "@words", a.organization AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN addresses a ON a.id = e.id
  LEFT JOIN elements_owners o ON o.elementId = e.id AND o.ownerId = a.primaryOwnerId
 WHERE e.id = :id AND e.type = 'craft\elements\Address' AND {canonical}

--@ part list
-- id, title, countryCode, status, ownerId, updatedAt=@updated, sensitiveRedacted=true, fullName=null, organization=null, postalCode=null, locality=null, administrativeArea=null
--@ part feed
-- +list
--@ part detail
-- +list, dateCreated, dateUpdated=@updated, fieldId, primaryOwnerId, sortOrder, firstName=null, lastName=null, organizationTaxId=null, addressLine1=null, addressLine2=null,
-- addressLine3=null, dependentLocality=null, sortingCode=null, latitude=null, longitude=null
--@ part sensitive
-- sensitiveRedacted=false, fullName, organization, postalCode, locality, administrativeArea, firstName, lastName, organizationTaxId, addressLine1, addressLine2,
-- addressLine3, dependentLocality, sortingCode, latitude, longitude
--@ part unredacted
-- +sensitive

--@ affected elements when class craft\elements\Address
{element_row('craft\elements\Address')}
--@ affected elements_sites when class craft\elements\Address
{site_row('craft\elements\Address')}
--@ affected addresses
SELECT :row_id
--@ affected elements_owners
SELECT id FROM addresses WHERE id = :row_elementId
