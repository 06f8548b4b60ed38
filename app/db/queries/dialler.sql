-- name: want_call
-- Nothing where the same number is wanted for the same reason already.
INSERT INTO wanted_calls (number, reason, about_ticket, about_call, wanted_by, wanted_at, not_before, priority)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (number, reason) WHERE ended_at IS NULL DO NOTHING
RETURNING id;

-- name: wanted_call_open
SELECT id FROM wanted_calls WHERE number = $1 AND reason = $2 AND ended_at IS NULL;

-- name: wanted_calls
-- Every open wish with what was tried; a try that rang nobody outside is none.
SELECT w.*, tries.tried, tries.last_at, tries.last, coalesce(t.anonymous OR t.confidential, false) AS protected
FROM wanted_calls w LEFT JOIN tickets t ON t.number = w.about_ticket CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE c.reached NOT IN ('not-dialled', 'given-up')) AS tried,
           max(c.ended_at) AS last_at,
           (array_agg(c.reached ORDER BY c.started_at DESC) FILTER (WHERE c.reached IS NOT NULL))[1] AS last
    FROM calls c WHERE c.wanted_call = w.id
) AS tries
WHERE w.ended_at IS NULL
ORDER BY w.priority, w.wanted_at, w.id
LIMIT $1;

-- name: end_wanted_call
UPDATE wanted_calls SET ended_at = $2, ended_why = $3 WHERE id = $1 AND ended_at IS NULL RETURNING id;

-- name: numbers_in_call
SELECT caller AS number, reason FROM calls WHERE direction = 'out' AND ended_at IS NULL;

-- name: called_since
SELECT caller AS number, count(*) AS times FROM calls
WHERE direction = 'out' AND started_at >= $1 AND reached IS DISTINCT FROM 'not-dialled' GROUP BY caller;

-- name: asked_in_vain
-- The operators whose telephone rang for the dialler since $1 and was not lifted.
SELECT DISTINCT a.unit_id FROM unit_attempts a JOIN calls c ON c.id = a.call_id
WHERE c.wanted_call IS NOT NULL AND a.kind = 'operator' AND a.started_at >= $1
    AND a.outcome IN ('no-answer', 'declined', 'busy', 'unreachable');

-- name: dialler_state
SELECT stopped, paused, changed_by, changed_at FROM dialler_state;

-- name: set_dialler_state
UPDATE dialler_state SET stopped = $1, paused = $2, changed_by = $3, changed_at = $4;

-- name: never_called
SELECT number, why, added_by, added_at, until FROM never_called WHERE until IS NULL OR until > $1 ORDER BY added_at;

-- name: never_call
INSERT INTO never_called (number, why, added_by, added_at, until) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (number) DO UPDATE SET why = $2, added_by = $3, added_at = $4, until = $5;

-- name: may_be_called_again
DELETE FROM never_called WHERE number = $1 RETURNING number;

-- name: lock_dialler
-- One service plans at a time; the lock goes with the transaction.
SELECT pg_try_advisory_xact_lock(hashtext('hotline dialler'));
