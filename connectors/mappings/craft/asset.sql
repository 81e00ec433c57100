-- Assets. The URL is the file system's (project configuration), then the volume's sub-path, the folder and the file name, percent-encoded.
--@ resource asset

--@ ids
{all_ids('craft\elements\Asset')}

--@ fragment extension
substr(a.filename, length(rtrim(a.filename, replace(a.filename, '.', ''))) + 1)

-- This CMS version stores no media type: it follows from the extension.
--@ fragment media_type
CASE lower({extension})
       WHEN 'png' THEN 'image/png'
       WHEN 'jpg' THEN 'image/jpeg'
       WHEN 'jpeg' THEN 'image/jpeg'
       WHEN 'gif' THEN 'image/gif'
       WHEN 'webp' THEN 'image/webp'
       WHEN 'avif' THEN 'image/avif'
       WHEN 'svg' THEN 'image/svg+xml'
       WHEN 'bmp' THEN 'image/bmp'
       WHEN 'tif' THEN 'image/tiff'
       WHEN 'tiff' THEN 'image/tiff'
       WHEN 'ico' THEN 'image/x-icon'
       WHEN 'heic' THEN 'image/heic'
       WHEN 'txt' THEN 'text/plain'
       WHEN 'csv' THEN 'text/csv'
       WHEN 'html' THEN 'text/html'
       WHEN 'htm' THEN 'text/html'
       WHEN 'css' THEN 'text/css'
       WHEN 'js' THEN 'application/javascript'
       WHEN 'json' THEN 'application/json'
       WHEN 'xml' THEN 'application/xml'
       WHEN 'md' THEN 'text/markdown'
       WHEN 'rtf' THEN 'application/rtf'
       WHEN 'pdf' THEN 'application/pdf'
       WHEN 'zip' THEN 'application/zip'
       WHEN 'gz' THEN 'application/gzip'
       WHEN 'tar' THEN 'application/x-tar'
       WHEN 'mp3' THEN 'audio/mpeg'
       WHEN 'wav' THEN 'audio/x-wav'
       WHEN 'ogg' THEN 'audio/ogg'
       WHEN 'm4a' THEN 'audio/mp4'
       WHEN 'mp4' THEN 'video/mp4'
       WHEN 'm4v' THEN 'video/x-m4v'
       WHEN 'mov' THEN 'video/quicktime'
       WHEN 'avi' THEN 'video/x-msvideo'
       WHEN 'webm' THEN 'video/webm'
       WHEN 'mpg' THEN 'video/mpeg'
       WHEN 'mpeg' THEN 'video/mpeg'
       WHEN 'doc' THEN 'application/msword'
       WHEN 'docx' THEN 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
       WHEN 'xls' THEN 'application/vnd.ms-excel'
       WHEN 'xlsx' THEN 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
       WHEN 'ppt' THEN 'application/vnd.ms-powerpoint'
       WHEN 'pptx' THEN 'application/vnd.openxmlformats-officedocument.presentationml.presentation'
       WHEN 'odt' THEN 'application/vnd.oasis.opendocument.text'
       WHEN 'ods' THEN 'application/vnd.oasis.opendocument.spreadsheet'
       WHEN 'epub' THEN 'application/epub+zip'
       WHEN 'woff' THEN 'font/woff'
       WHEN 'woff2' THEN 'font/woff2'
       WHEN 'ttf' THEN 'font/ttf'
       WHEN 'otf' THEN 'font/otf'
       END

-- A URL that is a reference ($NAME, @alias) cannot be read here: "@web" is the site itself, for others the setting "files" is the URL.
--@ fragment file_base
(SELECT CASE WHEN c.url LIKE '@web%' THEN rtrim(:base, '/') || substr(c.url, 5)
             WHEN substr(c.url, 1, 1) IN ('$', '@') THEN NULLIF(:files, 'none')
             ELSE c.url END
   FROM (SELECT json_extract(value, '$') AS url FROM projectconfig WHERE path = 'fs.' || v.fs || '.url') c
  WHERE EXISTS (SELECT 1 FROM projectconfig h WHERE h.path = 'fs.' || v.fs || '.hasUrls' AND h.value = 'true'))

--@ document
SELECT e.id, COALESCE(es.title, '') AS title, a.filename, a.kind, {media_type} AS mimeType, a.size, v.handle AS volume, a.folderId, a.uploaderId, {status} AS status,
       rtrim({file_base}, '/') || '/' || percent_encode(CASE WHEN COALESCE(v.subpath, '') = '' THEN '' ELSE trim(v.subpath, '/') || '/' END
                                                        || COALESCE(f.path, '') || a.filename) AS url,
       COALESCE(NULLIF(asi.alt, ''), NULLIF(a.alt, '')) AS alt, {extension} AS extension, ts(a.dateModified) AS dateModified, ts(e.dateCreated) AS dateCreated,
       a.height, a.width,
       v.handle AS "@index.volume", a.kind AS "@index.kind", a.filename AS "@index.filename",
       es.title AS "@words", a.filename AS "@words", a.kind AS "@words", COALESCE(NULLIF(asi.alt, ''), a.alt) AS "@words", {meta}
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN assets a ON a.id = e.id
  LEFT JOIN assets_sites asi ON asi.assetId = e.id AND asi.siteId = :site
  LEFT JOIN volumes v ON v.id = a.volumeId
  LEFT JOIN volumefolders f ON f.id = a.folderId
 WHERE e.id = :id AND e.type = 'craft\elements\Asset' AND {canonical}

--@ part list
-- id, title, filename, kind, mimeType, size, volume, folderId, uploaderId, status, updatedAt=@updated, url
--@ part feed
-- +list
--@ part detail
-- +list, alt, extension, dateModified, dateCreated, dateUpdated=@updated, height, width

--@ affected elements when class craft\elements\Asset
{element_row('craft\elements\Asset')}
--@ affected elements_sites when class craft\elements\Asset
{site_row('craft\elements\Asset')}
--@ affected assets
SELECT :row_id
--@ affected assets_sites
SELECT :row_assetId
--@ affected volumes
SELECT id FROM assets WHERE volumeId = :row_id
--@ affected volumefolders
SELECT id FROM assets WHERE folderId = :row_id
--@ affected projectconfig
SELECT a.id FROM volumes v CROSS JOIN assets a ON a.volumeId = v.id WHERE :row_path = 'fs.' || v.fs || '.url' OR :row_path = 'fs.' || v.fs || '.hasUrls'
