-- name: user_add
INSERT INTO users (name, role, unit_id, operator_id, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: user_list
SELECT name, role, unit_id, operator_id, created_at, disabled_at FROM users
WHERE ($1::text IS NULL OR name = $1)
ORDER BY name;

-- name: user_password
SELECT name, role, unit_id, operator_id, password_hash FROM users WHERE name = $1 AND disabled_at IS NULL;

-- name: user_set_password
UPDATE users SET password_hash = $2 WHERE name = $1 RETURNING name;

-- name: user_disable
UPDATE users SET disabled_at = coalesce(disabled_at, $2) WHERE name = $1 RETURNING name;

-- name: user_enable
UPDATE users SET disabled_at = NULL WHERE name = $1 RETURNING name;

-- name: token_add
INSERT INTO tokens (digest, kind, user_name, label, created_at, expires_at)
SELECT $1, $2, u.name, $4, $5, $6 FROM users u WHERE u.name = $3 AND u.disabled_at IS NULL
RETURNING id;

-- name: token_person
SELECT u.name, u.role, u.unit_id, u.operator_id
FROM tokens t JOIN users u ON u.name = t.user_name
WHERE t.digest = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND u.disabled_at IS NULL;

-- name: token_list
SELECT id, kind, label, created_at, expires_at FROM tokens
WHERE user_name = $1 AND revoked_at IS NULL AND expires_at > $2
ORDER BY id;

-- name: session_end
UPDATE tokens SET revoked_at = $2 WHERE digest = $1 AND kind = 'session' AND revoked_at IS NULL;

-- name: token_revoke_id
UPDATE tokens SET revoked_at = $3 WHERE user_name = $1 AND id = $2 AND revoked_at IS NULL RETURNING id;

-- name: token_revoke_all
-- Whoever is logged out everywhere is told nothing anywhere, also where the session was over already.
WITH quiet AS (DELETE FROM push_subscriptions WHERE user_name = $1 AND ($3::text IS NULL OR $3 = 'session'))
UPDATE tokens SET revoked_at = $2 WHERE user_name = $1 AND revoked_at IS NULL AND ($3::text IS NULL OR kind = $3);

-- name: token_forget
DELETE FROM tokens WHERE expires_at < $1;

-- name: login_lock
-- One attempt at a time per name and per address, so that parallel guesses are counted too.
SELECT pg_advisory_xact_lock(hashtextextended(key, 12345)) FROM (SELECT unnest($1::text[]) AS key ORDER BY 1) AS keys;

-- name: login_failures
-- $4: the known device from which this attempt comes, or null.
SELECT at, name_digest = $1 AS same_user, address = $2 AS same_address,
       coalesce(device = $4::bytea, false) AS same_device, device IS NOT NULL AS known_device
FROM login_attempts
WHERE NOT succeeded AND at > $3 AND (name_digest = $1 OR address = $2);

-- name: login_begin
INSERT INTO login_attempts (name_digest, address, at, device) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: login_device_known
SELECT EXISTS (SELECT FROM login_devices WHERE token_digest = $1 AND user_name = $2);

-- name: login_device_used
INSERT INTO login_devices (token_digest, user_name, used_at) VALUES ($1, $2, $3)
ON CONFLICT (token_digest, user_name) DO UPDATE SET used_at = EXCLUDED.used_at;

-- name: login_devices_forget
DELETE FROM login_devices WHERE used_at < $1;

-- name: login_succeeded
UPDATE login_attempts SET succeeded = true WHERE id = $1;

-- name: login_forget
DELETE FROM login_attempts WHERE at < $1;

-- name: audit_add
INSERT INTO audit_log (user_name, role, address, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id;

-- name: audit_list
SELECT id, at, user_name, role, address, action, subject, detail
FROM audit_log
WHERE ($1::text IS NULL OR user_name = $1) AND ($2::text IS NULL OR subject = $2)
  AND at >= $3 AND at < $4 AND ($5::bigint IS NULL OR id < $5) AND ($7::text IS NULL OR starts_with(action, $7))
ORDER BY id DESC
LIMIT $6;

-- name: protected_caller
SELECT t.confidential, t.discipline_unit, t.unit_ids, p.phone, p.name, p.address
FROM tickets t JOIN protected_callers p ON p.number = t.number
WHERE t.number = $1;

-- name: sessions
SELECT user_name, id, kind, label, created_at, expires_at FROM tokens
WHERE revoked_at IS NULL AND expires_at > $1
ORDER BY user_name, id LIMIT 5000;

-- name: audit_chain_alone
SELECT pg_advisory_xact_lock(hashtextextended('hotline audit chain', 0));

-- name: audit_chain_head
SELECT place, seal FROM audit_seals ORDER BY place DESC LIMIT 1;

-- A line that was written beside others is committed after some with higher numbers: so far back it is looked for.
-- name: audit_unsealed
SELECT id, at, user_name, role, address, action, subject, detail
FROM audit_log a
WHERE id > coalesce((SELECT max(line_id) FROM audit_seals), 0) - 10000
  AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.line_id = a.id)
ORDER BY id
LIMIT $1;

-- name: audit_seal
INSERT INTO audit_seals (place, line_id, seal) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]);

-- name: audit_chain
SELECT s.place, s.line_id, s.seal, a.id, a.at, a.user_name, a.role, a.address, a.action, a.subject, a.detail
FROM audit_seals s LEFT JOIN audit_log a ON a.id = s.line_id
WHERE s.place > $1
ORDER BY s.place
LIMIT $2;

-- name: audit_never_sealed
SELECT count(*) FROM audit_log a WHERE at < $1 AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.line_id = a.id);

-- name: audit_forwarded_lock
SELECT place FROM audit_forwarded FOR UPDATE SKIP LOCKED;

-- name: audit_forwarded_set
UPDATE audit_forwarded SET place = $1;
