-- name: push_key_add
INSERT INTO push_key (private_pem) VALUES ($1) ON CONFLICT (one) DO NOTHING;

-- name: push_key
SELECT private_pem FROM push_key;

-- name: push_subscribe
-- A browser is one person's: whoever works in it now. Of one person's browsers the ten seen last are told.
WITH kept AS (
    INSERT INTO push_subscriptions (user_name, session_id, endpoint, public_key, secret, seen_at)
    VALUES ($1, (SELECT id FROM tokens WHERE digest = $2), $3, $4, $5, $6)
    ON CONFLICT (endpoint) DO UPDATE SET user_name = excluded.user_name, session_id = excluded.session_id,
        public_key = excluded.public_key, secret = excluded.secret, seen_at = excluded.seen_at, last_error = ''
    RETURNING id
), older AS (
    DELETE FROM push_subscriptions WHERE id IN (
        SELECT id FROM push_subscriptions WHERE user_name = $1 AND endpoint <> $3 ORDER BY seen_at DESC OFFSET 9)
)
SELECT id FROM kept;

-- name: push_unsubscribe
DELETE FROM push_subscriptions WHERE user_name = $1 AND endpoint = $2;

-- name: push_gone
DELETE FROM push_subscriptions WHERE id = $1;

-- name: push_forget
-- A browser in which nobody has worked for so long is somebody else's by now.
DELETE FROM push_subscriptions WHERE seen_at < $1;

-- name: push_wanted
-- Who is told which notice: the unit's people and the roles that it names; of a confidential ticket the discipline
-- unit only.
SELECT n.id AS notice, s.id AS subscription
FROM ticket_notices n
JOIN tickets t USING (number)
JOIN users u ON u.disabled_at IS NULL AND (u.unit_id = n.recipient
    OR u.unit_id IS NULL AND (u.role, n.recipient) IN (SELECT * FROM unnest($2::text[], $3::text[])))
JOIN push_subscriptions s ON s.user_name = u.name
WHERE n.id = ANY ($1) AND (NOT t.confidential OR u.unit_id = t.discipline_unit)
ORDER BY n.id, s.id;

-- name: push_item
SELECT s.endpoint, s.public_key, s.secret, n.number, n.text, n.at
FROM push_subscriptions s JOIN users u ON u.name = s.user_name AND u.disabled_at IS NULL, ticket_notices n
WHERE s.id = $1 AND n.id = $2;

-- name: push_done
UPDATE push_subscriptions SET last_error = $2 WHERE id = $1;
