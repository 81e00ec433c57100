-- Redirects of the plugin Retour: how a table of a plugin becomes a resource, with this one file.
--@ plugin retour Retour
-- Redirects of old URLs

--@ external redirects Redirects
-- Redirect rules, the ones changed last first

--@ item integer Number of the redirect

--@ query q string contains=urls
-- Piece of the source or destination URL

--@ query siteId integer minimum=1 index=siteId
-- Site that the redirect belongs to

--@ query enabled boolean index=enabled
-- Whether the redirect is in use

--@ query statusCode integer minimum=300 maximum=399 index=statusCode
-- HTTP status of the redirect

--@ query limit integer minimum=1 maximum=200 default=50
-- Number of items

--@ schema
-- id integer, sourceUrl string, destinationUrl string, statusCode integer null, matchType string, siteId integer null, locale string, enabled boolean,
-- hits integer, lastHitAt timestamp null, dateCreated timestamp null, dateUpdated timestamp null, raw object

--@ order updated descending

--@ tables
CREATE TABLE retour_redirects (id INTEGER PRIMARY KEY, siteId, associatedElementId OPTIONAL, locale OPTIONAL, enabled OPTIONAL, redirectSrcUrl,
                               redirectSrcUrlParsed OPTIONAL, redirectSrcMatch OPTIONAL, redirectMatchType, redirectDestUrl, redirectHttpCode, priority OPTIONAL,
                               hitCount, hitLastTime, dateCreated, dateUpdated, uid OPTIONAL);

--@ ids
SELECT id FROM retour_redirects

--@ document
SELECT r.id, COALESCE(r.redirectSrcUrl, '') AS sourceUrl, COALESCE(r.redirectDestUrl, '') AS destinationUrl, r.redirectHttpCode AS statusCode,
       COALESCE(r.redirectMatchType, '') AS matchType, r.siteId, COALESCE(r.locale, '') AS locale, COALESCE(r.enabled, 1) AS "enabled:bool",
       COALESCE(r.hitCount, 0) AS hits, ts(r.hitLastTime) AS lastHitAt, ts(r.dateCreated) AS dateCreated, ts(r.dateUpdated) AS dateUpdated,
       json_object('id', r.id, 'siteId', r.siteId, 'associatedElementId', r.associatedElementId, 'enabled', r.enabled, 'redirectSrcUrl', r.redirectSrcUrl,
                   'redirectSrcUrlParsed', r.redirectSrcUrlParsed, 'redirectSrcMatch', r.redirectSrcMatch, 'redirectMatchType', r.redirectMatchType,
                   'redirectDestUrl', r.redirectDestUrl, 'redirectHttpCode', r.redirectHttpCode, 'priority', r.priority, 'hitCount', r.hitCount,
                   'hitLastTime', r.hitLastTime, 'dateCreated', r.dateCreated, 'dateUpdated', r.dateUpdated, 'uid', r.uid) AS "raw:json",
       r.siteId AS "@index.siteId", COALESCE(r.enabled, 1) AS "@index.enabled", r.redirectHttpCode AS "@index.statusCode",
       r.redirectSrcUrl AS "@fact.urls", r.redirectDestUrl AS "@fact.urls",
       'live' AS "@state", r.dateCreated AS "@created", r.dateUpdated AS "@updated"
  FROM retour_redirects r
 WHERE r.id = :id

--@ part list
-- id, sourceUrl, destinationUrl, statusCode, matchType, siteId, locale, enabled, hits, lastHitAt, dateCreated, dateUpdated=@updated
--@ part feed
-- +list
--@ part detail
-- +list, raw

--@ affected retour_redirects
SELECT :row_id
