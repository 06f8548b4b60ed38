-- name: saved_views
SELECT name, path, saved_at FROM saved_views WHERE user_name = $1 ORDER BY name LIMIT 200;

-- name: saved_view_save
INSERT INTO saved_views (user_name, name, path)
SELECT $1, $2, $3
WHERE EXISTS (SELECT FROM saved_views WHERE user_name = $1 AND name = $2)
   OR (SELECT count(*) FROM saved_views WHERE user_name = $1) < 100
ON CONFLICT (user_name, name) DO UPDATE SET path = excluded.path, saved_at = clock_timestamp()
RETURNING name, path, saved_at;

-- name: saved_view_remove
DELETE FROM saved_views WHERE user_name = $1 AND name = $2;
