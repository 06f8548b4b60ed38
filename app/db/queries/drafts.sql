-- name: draft_get
SELECT value, version, updated_at FROM drafts WHERE user_name = $1 AND key = $2;

-- name: draft_list
SELECT key, version, updated_at FROM drafts WHERE user_name = $1 ORDER BY updated_at DESC LIMIT 200;

-- name: draft_add
INSERT INTO drafts (user_name, key, value)
SELECT $1, $2, $3 WHERE (SELECT count(*) FROM drafts WHERE user_name = $1) < 200
ON CONFLICT DO NOTHING
RETURNING version, updated_at;

-- name: draft_save
UPDATE drafts SET value = $3, version = version + 1, updated_at = clock_timestamp()
WHERE user_name = $1 AND key = $2 AND version = $4
RETURNING version, updated_at;

-- name: draft_remove
DELETE FROM drafts WHERE user_name = $1 AND key = $2;

-- name: drafts_forget
DELETE FROM drafts WHERE updated_at < $1;
