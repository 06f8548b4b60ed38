-- name: attachment_list
SELECT id, number, name, media_type, bytes, sha256, thumbnail IS NOT NULL AS has_thumbnail, scanned, user_name, unit_id,
       created_at
FROM ticket_attachments WHERE number = $1 ORDER BY id;

-- name: attachment_get
SELECT id, name, media_type, path, thumbnail FROM ticket_attachments WHERE number = $1 AND id = $2;

-- name: attachment_count
SELECT count(*) FROM ticket_attachments WHERE number = $1;

-- name: attachment_add
-- The same file a second time is the one that is there.
INSERT INTO ticket_attachments (number, name, media_type, bytes, sha256, path, thumbnail, scanned, user_name, unit_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (number, sha256) DO UPDATE SET name = excluded.name
RETURNING id, number, name, media_type, bytes, sha256, thumbnail IS NOT NULL AS has_thumbnail, scanned, user_name,
          unit_id, created_at;
