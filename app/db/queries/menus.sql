-- name: menu_version_add
INSERT INTO menu_versions (name, text, note, made_by, made_at) VALUES ($1, $2, $3, $4, $5) RETURNING id;

-- name: menu_version_exists
SELECT EXISTS (SELECT FROM menu_versions WHERE name = $1 AND id = $2);

-- name: menu_versions
SELECT id, note, made_by, made_at FROM menu_versions WHERE name = $1 ORDER BY id DESC LIMIT 100;

-- name: menu_version
SELECT text FROM menu_versions WHERE name = $1 AND id = $2;

-- name: menu_in_force
-- Whoever changes a menu waits for who is changing it.
SELECT version_id, changed_by, changed_at FROM menus_in_force WHERE name = $1 FOR UPDATE;

-- name: menu_put_in_force
INSERT INTO menus_in_force (name, version_id, changed_by, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE
SET version_id = excluded.version_id, changed_by = excluded.changed_by, changed_at = excluded.changed_at;

-- name: menus_in_force
SELECT f.name, f.version_id, v.text, f.changed_by, f.changed_at
FROM menus_in_force f LEFT JOIN menu_versions v ON v.id = f.version_id ORDER BY f.name;
