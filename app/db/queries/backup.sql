-- name: backup_snapshot
SELECT pg_export_snapshot();

-- name: backup_tables
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY c.relname;

-- Who may do what, but for the owner, in words that are the same wherever the database is: for comparing.
-- name: backup_rights
WITH given AS (
    SELECT r.rolname, a.privilege_type, c.relname::text AS thing
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
    UNION ALL
    SELECT r.rolname, a.privilege_type, c.relname || '.' || t.attname
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid CROSS JOIN aclexplode(t.attacl) a
        JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
    UNION ALL
    SELECT r.rolname, a.privilege_type, p.oid::regprocedure::text
    FROM pg_proc p CROSS JOIN aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.pronamespace = 'public'::regnamespace AND a.grantee <> p.proowner
)
SELECT rolname || ' may ' || privilege_type || ' ' || thing AS words FROM given WHERE starts_with(rolname, 'hotline_')
UNION ALL
SELECT format('%s of %s for %s to %s: %s %s', policyname, tablename, cmd, roles, qual, with_check)
FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT relname || ' by rows' FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity
ORDER BY words;

-- name: backup_groups
SELECT rolname FROM pg_roles
WHERE starts_with(rolname, 'hotline_') AND NOT rolcanlogin AND NOT starts_with(rolname, 'hotline_unit_') ORDER BY rolname;

-- name: restore_has_role
SELECT count(*) > 0 FROM pg_roles WHERE rolname = $1;

-- Roles belong to the server and are in no dump: each unit has its own again, and the service may take all of them.
-- name: restore_roles
SELECT make_role(name) FROM unnest($1::text[]) AS name;

-- name: restore_unit_roles
SELECT make_role('hotline_unit_' || id, 'hotline_unit') FROM units;

-- name: restore_units_without_role
SELECT id FROM units WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hotline_unit_' || id) ORDER BY id;
