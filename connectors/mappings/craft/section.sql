-- Sections: a list of their own, in neither feed nor webhooks. Deleted ones are not there.
--@ resource section

--@ ids
SELECT id FROM sections

--@ document
SELECT s.id, s.name, s.handle, s.type, s.handle AS "@index.handle",
       CASE WHEN s.dateDeleted IS NULL THEN 'live' END AS "@state", s.dateCreated AS "@created", s.dateUpdated AS "@updated"
  FROM sections s
 WHERE s.id = :id

--@ part list
-- id, name, handle, type

--@ affected sections
SELECT :row_id
