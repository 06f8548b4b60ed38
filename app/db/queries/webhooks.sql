-- name: webhook_add
INSERT INTO webhooks (url, secret) VALUES ($1, $2) RETURNING id, url, created_at;

-- name: webhook_list
SELECT w.id, w.url, w.created_at,
       count(d.id) FILTER (WHERE d.state = 'waiting') AS waiting,
       count(d.id) FILTER (WHERE d.state = 'given_up') AS given_up
FROM webhooks w LEFT JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.state <> 'delivered'
WHERE w.removed_at IS NULL
GROUP BY w.id
ORDER BY w.id;

-- name: webhook_remove
UPDATE webhooks SET removed_at = now() WHERE id = $1 AND removed_at IS NULL RETURNING id;

-- name: webhook_exists
SELECT EXISTS (SELECT FROM webhooks WHERE id = $1 AND removed_at IS NULL);

-- name: webhook_tell
-- One row per webhook, in the transaction of the change; nothing of a confidential ticket, never the caller.
INSERT INTO webhook_deliveries (webhook_id, number, body)
SELECT w.id, t.number, jsonb_build_object(
    'event', 'ticket.changed', 'at', $3::timestamptz, 'actions', $2::text[],
    'ticket', jsonb_build_object(
        'number', t.number, 'version', t.version, 'profile', t.profile, 'status', t.status, 'category', t.category,
        'urgency', t.urgency, 'source', t.source, 'channel', t.channel, 'content', t.content,
        'place', coalesce(t.state -> 'matter' ->> 'place', ''), 'unit_ids', t.unit_ids, 'satisfaction', t.satisfaction,
        'received_at', t.received_at, 'due_at', t.due_at, 'closed_at', t.closed_at, 'late', t.late,
        'merged_into', t.merged_into))
FROM tickets t CROSS JOIN webhooks w
WHERE t.number = $1 AND NOT t.confidential AND w.removed_at IS NULL
RETURNING webhook_id;

-- name: webhook_forget
DELETE FROM webhook_deliveries WHERE number = $1;

-- name: webhook_alone
SELECT pg_try_advisory_xact_lock(hashtextextended('webhook ' || $1::bigint || ' ' || $2::text, 0));

-- name: webhook_head
SELECT d.id, d.body::text AS body, d.state, d.attempts, d.next_attempt <= clock_timestamp() AS due, w.url, w.secret
FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id AND w.removed_at IS NULL
WHERE d.webhook_id = $1 AND d.number = $2 AND d.state <> 'delivered'
ORDER BY d.id LIMIT 1
FOR UPDATE OF d;

-- name: webhook_delivered
UPDATE webhook_deliveries
SET state = 'delivered', attempts = attempts + 1, delivered_at = clock_timestamp(), last_error = ''
WHERE id = $1;

-- name: webhook_failed
-- Counted by the database's clock, as its job is.
UPDATE webhook_deliveries SET state = $2, attempts = attempts + 1, next_attempt = now() + $3::interval, last_error = $4 WHERE id = $1;

-- name: webhook_redeliver
UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, next_attempt = now()
WHERE webhook_id = $1 AND state = 'given_up'
RETURNING number;

-- name: webhook_deliveries
SELECT id, number, state, attempts, next_attempt, last_error, created_at, delivered_at
FROM webhook_deliveries
WHERE webhook_id = $1 AND ($2::text IS NULL OR state = $2)
ORDER BY id DESC LIMIT $3;
