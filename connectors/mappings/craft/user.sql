-- Users. E-mail address and names are null unless a sensitive scope asks; with redaction switched off the address shows, the names do not.
--@ resource user

--@ ids
{all_ids('craft\elements\User')}

--@ document
SELECT e.id, u.username,
       CASE WHEN e.enabled = 0 OR es.enabled = 0 THEN 'disabled' WHEN u.suspended = 1 THEN 'suspended' WHEN u.pending = 1 THEN 'pending'
            WHEN u.active = 1 THEN 'active' ELSE 'inactive' END AS status,
       u.admin AS "admin:bool", u.active AS "active:bool", u.email, ts(e.dateCreated) AS dateCreated, ts(u.lastLoginDate) AS lastLoginDate,
       u.pending AS "pending:bool", u.suspended AS "suspended:bool", u.locked AS "locked:bool", u.active = 1 OR u.pending = 1 AS "credentialed:bool",
       (SELECT json_group_array(handle)
          FROM (SELECT DISTINCT g.handle AS handle FROM usergroups_users m JOIN usergroups g ON g.id = m.groupId WHERE m.userId = e.id ORDER BY g.handle)) AS "groupHandles:json",
       NULLIF(u.firstName, '') AS firstName, NULLIF(u.lastName, '') AS lastName, COALESCE(NULLIF(u.firstName, ''), u.username) AS friendlyName,
       NULLIF(u.unverifiedEmail, '') AS unverifiedEmail,
       -- The filters of the CMS overlap, and none of them looks at enabled.
       CASE WHEN u.active = 1 AND u.suspended = 0 THEN 'active' END AS "@index.status", CASE WHEN u.active = 0 AND u.pending = 0 THEN 'inactive' END AS "@index.status",
       CASE WHEN u.pending = 1 THEN 'pending' END AS "@index.status", CASE WHEN u.suspended = 1 THEN 'suspended' END AS "@index.status",
       CASE WHEN u.locked = 1 THEN 'locked' END AS "@index.status", CASE WHEN u.active = 1 OR u.pending = 1 THEN 'credentialed' END AS "@index.status",
       (SELECT group_concat(g.handle, char(10)) FROM usergroups_users m JOIN usergroups g ON g.id = m.groupId WHERE m.userId = e.id) AS "@index.group",
       u.username AS "@index.username", u.username AS "@words", u.firstName AS "@words", u.lastName AS "@words", u.email AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN users u ON u.id = e.id
 WHERE e.id = :id AND e.type = 'craft\elements\User' AND {canonical}

--@ part list
-- id, username, status, admin, active, email=null, emailRedacted=true, updatedAt=@updated
--@ part feed
-- +list
--@ part detail
-- +list, dateCreated, dateUpdated=@updated, lastLoginDate, pending, suspended, locked, credentialed, groupHandles, firstName=null, lastName=null, friendlyName=null, unverifiedEmail=null
--@ part sensitive
-- email, emailRedacted=false, firstName, lastName, friendlyName, unverifiedEmail
--@ part unredacted
-- email, emailRedacted=false

--@ affected elements when class craft\elements\User
{element_row('craft\elements\User')}
--@ affected elements_sites when class craft\elements\User
{site_row('craft\elements\User')}
--@ affected users
SELECT :row_id
--@ affected usergroups_users
SELECT :row_userId
--@ affected usergroups
SELECT userId FROM usergroups_users WHERE groupId = :row_id
