-- Operators, queues and routes as they are now, and what operators did.

-- name: roster_operators
SELECT o.id, o.name, o.webrtc, o.retired_at IS NOT NULL AS retired,
       coalesce(jsonb_object_agg(s.skill, s.level) FILTER (WHERE s.skill IS NOT NULL), '{}') AS skills
FROM operators o LEFT JOIN operator_skills s ON s.operator_id = o.id
GROUP BY o.id ORDER BY o.id;

-- name: roster_queues
SELECT name, title, skills, priority, hours, announcement, music, longest_wait, overflow_to, ring_seconds,
       wrapup_seconds
FROM queues ORDER BY name;

-- name: roster_routes
SELECT place, queue, dialled, category, language, callers, hours, priority FROM queue_routes ORDER BY place;

-- name: roster_caller_lists
SELECT list, array_agg(number ORDER BY number) AS numbers FROM caller_lists GROUP BY list;

-- name: roster_pause_reasons
SELECT reason FROM pause_reasons ORDER BY place, reason;

-- name: operator_add
-- One who is known already, also a retired one, stays as they are.
INSERT INTO operators (id, name, webrtc) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING RETURNING id;

-- name: operator_change
UPDATE operators
SET name = $2, webrtc = $3, retired_at = CASE WHEN $4::boolean THEN coalesce(retired_at, now()) END
WHERE id = $1
RETURNING id;

-- name: operator_drop_skills
DELETE FROM operator_skills WHERE operator_id = $1;

-- name: operator_add_skills
INSERT INTO operator_skills (operator_id, skill, level)
SELECT $1, skill, level FROM unnest($2::text[], $3::smallint[]) AS given (skill, level);

-- name: queue_add
INSERT INTO queues (name, title, skills, priority, hours, announcement, music, longest_wait, overflow_to, ring_seconds,
                    wrapup_seconds)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (name) DO NOTHING RETURNING name;

-- name: queue_change
UPDATE queues
SET title = $2, skills = $3, priority = $4, hours = $5, announcement = $6, music = $7, longest_wait = $8,
    overflow_to = $9, ring_seconds = $10, wrapup_seconds = $11
WHERE name = $1
RETURNING name;

-- name: queue_route_put
INSERT INTO queue_routes (place, queue, dialled, category, language, callers, hours, priority)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (place) DO UPDATE
SET queue = $2, dialled = $3, category = $4, language = $5, callers = $6, hours = $7, priority = $8;

-- name: queue_routes_drop
DELETE FROM queue_routes;

-- name: caller_list_drop
DELETE FROM caller_lists WHERE list = $1;

-- name: caller_list_add
INSERT INTO caller_lists (list, number) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING;

-- name: pause_reasons_drop
DELETE FROM pause_reasons;

-- name: pause_reasons_add
INSERT INTO pause_reasons (reason, place)
SELECT reason, place FROM unnest($1::text[]) WITH ORDINALITY AS given (reason, place) ON CONFLICT DO NOTHING;

-- name: operator_states_add
INSERT INTO operator_states (operator_id, at, state, reason)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[])
ON CONFLICT DO NOTHING;

-- name: queues_today
-- $1: since. Calls that have ended; those in progress are counted by who sees them.
SELECT queue, count(*) AS offered,
       count(*) FILTER (WHERE outcome = 'answered') AS answered,
       count(*) FILTER (WHERE outcome = 'answered' AND left_at <= entered_at + make_interval(secs => $2)) AS in_time,
       count(*) FILTER (WHERE outcome = 'abandoned') AS given_up
FROM queue_stays WHERE entered_at >= $1
GROUP BY queue;
