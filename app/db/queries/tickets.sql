-- name: next_ticket_number
INSERT INTO ticket_counters (day, last) VALUES ($1, 1)
ON CONFLICT (day) DO UPDATE SET last = ticket_counters.last + 1
RETURNING last;

-- name: insert_ticket
INSERT INTO tickets (
    number, call_id, profile, status, category, urgency, source, channel, caller_phone, caller_name, caller_address,
    anonymous, content, operator_id, satisfaction, received_at, owner, language)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, coalesce($18, 'zh-CN'));

-- name: save_ticket
UPDATE tickets
SET status = $2, category = $3, urgency = $4, source = $5, content = $6, unit_ids = $7, satisfaction = coalesce($8, satisfaction), due_at = $9,
    next_deadline = $10, closed_at = $11, late = $12, merged_into = $13, confidential = $14, discipline_unit = $15,
    state = $16, suggestions = CASE WHEN $14 THEN '{}' ELSE suggestions END, version = version + 1, updated_at = clock_timestamp()
WHERE number = $1
RETURNING version;

-- name: lock_ticket
SELECT state, caller_phone, caller_name, caller_address, version FROM tickets WHERE number = $1 FOR UPDATE;

-- name: lock_tickets
SELECT number, status FROM tickets WHERE number = ANY ($1) ORDER BY number FOR UPDATE;

-- name: history_length
SELECT count(*) FILTER (WHERE action <> 'correct') AS of_engine, coalesce(max(n), 0) AS last
FROM ticket_history WHERE number = $1;

-- name: insert_correction
INSERT INTO ticket_history (number, n, at, action, actor, data)
SELECT $1, coalesce(max(n), 0) + 1, $2, 'correct', $3, $4 FROM ticket_history WHERE number = $1;

-- name: correct_caller
-- A caller who may be named again comes back from where protected callers are kept.
WITH kept AS (
    DELETE FROM protected_callers p USING tickets t
    WHERE p.number = $1 AND t.number = $1 AND NOT t.confidential AND NOT coalesce($5, t.anonymous)
    RETURNING p.phone, p.name, p.address
)
UPDATE tickets t
SET caller_name = coalesce($2, k.name, t.caller_name), caller_phone = coalesce($3, k.phone, t.caller_phone),
    caller_address = coalesce($4, k.address, t.caller_address), anonymous = coalesce($5, t.anonymous)
FROM (SELECT 1) AS one LEFT JOIN kept k ON true
WHERE t.number = $1;

-- name: insert_history
INSERT INTO ticket_history (number, n, at, action, actor, data)
SELECT $1, * FROM unnest($2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::jsonb[]);

-- name: insert_notices
INSERT INTO ticket_notices (number, key, at, recipient, kind, text)
SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (number, key) DO NOTHING
RETURNING id, EXISTS (SELECT FROM push_subscriptions) AS heard;

-- name: overdue_tickets
SELECT number, next_deadline FROM tickets WHERE next_deadline <= $1 ORDER BY next_deadline LIMIT $2;

-- name: calendar_followed
SELECT fingerprint FROM calendar_followed;

-- name: follow_calendar
INSERT INTO calendar_followed (fingerprint) VALUES ($1)
ON CONFLICT (only_row) DO UPDATE SET fingerprint = $1, followed_at = now();

-- name: open_tickets_after
SELECT number FROM tickets WHERE number > $1 AND status = ANY ($2) ORDER BY number LIMIT $3;

-- name: directory_version
SELECT greatest(max(updated_at), (SELECT max(valid_from) FROM unit_contacts)), count(*) FROM units;

-- name: directory_of_rules
SELECT u.id, u.name, coalesce(u.parent, '') AS parent, c.name AS contact, c.phone, l.name AS leader
FROM units u
LEFT JOIN unit_contacts c ON c.unit_id = u.id AND c.post = 'A' AND c.valid_to IS NULL
LEFT JOIN unit_contacts l ON l.unit_id = u.id AND l.post = 'leader' AND l.valid_to IS NULL
WHERE u.active;

-- name: get_ticket
SELECT number, call_id, profile, status, category, urgency, source, channel, caller_phone, caller_name, caller_address,
       anonymous, confidential, content, operator_id, unit_ids, discipline_unit, satisfaction, received_at, due_at,
       next_deadline, closed_at, late, merged_into, suggestions, state, version, created_at, updated_at, language
FROM tickets WHERE number = $1;

-- name: ticket_concerns
SELECT EXISTS (
    SELECT FROM tickets
    WHERE number = $1 AND CASE WHEN confidential THEN discipline_unit = $2 ELSE unit_ids @> ARRAY[$2] END);

-- name: ticket_history
SELECT n, at, action, actor, data FROM ticket_history WHERE number = $1 ORDER BY n;

-- name: ticket_notices
SELECT at, recipient, kind, text FROM ticket_notices WHERE number = $1 ORDER BY id;

-- name: list_tickets
-- Keyset paging by (received_at, number). $8: the content holds this, found by the index over its pairs of characters
-- and then looked for. $9: only tickets of this unit, or confidential ones for its eyes. With the values known, the
-- planner drops every filter that is not set, and two of the three branches: a unit's tickets come in their order, and
-- what is looked for among them by both indexes at once (OFFSET 0 keeps the planner from walking through them instead).
(SELECT number, call_id, status, category, urgency, source, anonymous, confidential, content, unit_ids, discipline_unit,
        caller_phone, caller_name, satisfaction, received_at, due_at, closed_at, late, version
 FROM tickets
 WHERE coalesce($9::text, $3::text) IS NULL
   AND ($1::text IS NULL OR status = $1)
   AND ($2::text IS NULL OR category = $2)
   AND ($4::text IS NULL OR (caller_phone = $4 AND caller_phone <> ''))
   AND (NOT $5::boolean OR late <> '{}' OR due_at < now())
   AND ($6::timestamptz IS NULL OR received_at >= $6)
   AND ($7::timestamptz IS NULL OR received_at < $7)
   AND (nullif($8::text, '') IS NULL
        OR (NOT confidential AND bigrams(content) @@ bigram_query($8)
            AND strpos(lower(left(content, 4000)), lower($8)) > 0))
   AND ($10::timestamptz IS NULL OR (received_at, number) < ($10, $11::text))
 ORDER BY received_at DESC, number DESC
 LIMIT $12)
UNION ALL
(SELECT number, call_id, status, category, urgency, source, anonymous, confidential, content, unit_ids, discipline_unit,
        caller_phone, caller_name, satisfaction, t.received_at, due_at, closed_at, late, version
 FROM ticket_units u JOIN tickets t USING (number)
 WHERE u.unit_id = coalesce($9, $3)
   AND ($3 IS NULL OR unit_ids @> ARRAY[$3])
   AND ($9 IS NULL OR NOT confidential OR discipline_unit = $9)
   AND ($1 IS NULL OR status = $1)
   AND ($2 IS NULL OR category = $2)
   AND ($4 IS NULL OR (caller_phone = $4 AND caller_phone <> ''))
   AND (NOT $5 OR late <> '{}' OR due_at < now())
   AND ($6 IS NULL OR u.received_at >= $6)
   AND ($7 IS NULL OR u.received_at < $7)
   AND nullif($8, '') IS NULL
   AND ($10 IS NULL OR (u.received_at, u.number) < ($10, $11))
 ORDER BY u.received_at DESC, u.number DESC
 LIMIT $12)
UNION ALL
(SELECT number, call_id, status, category, urgency, source, anonymous, confidential, content, unit_ids, discipline_unit,
        caller_phone, caller_name, satisfaction, received_at, due_at, closed_at, late, version
 FROM (
     SELECT * FROM tickets
     WHERE unit_ids @> ARRAY[coalesce($9, $3)]
       AND nullif($8, '') IS NOT NULL
       AND NOT confidential
       AND bigrams(content) @@ bigram_query($8)
     OFFSET 0
 ) AS said
 WHERE strpos(lower(left(content, 4000)), lower($8)) > 0
   AND ($3 IS NULL OR unit_ids @> ARRAY[$3])
   AND ($1 IS NULL OR status = $1)
   AND ($2 IS NULL OR category = $2)
   AND ($4 IS NULL OR (caller_phone = $4 AND caller_phone <> ''))
   AND (NOT $5 OR late <> '{}' OR due_at < now())
   AND ($6 IS NULL OR received_at >= $6)
   AND ($7 IS NULL OR received_at < $7)
   AND ($10 IS NULL OR (received_at, number) < ($10, $11))
 ORDER BY received_at DESC, number DESC
 LIMIT $12);

-- name: published_tickets
SELECT number, category, content, received_at, closed_at, satisfaction, state
FROM tickets
WHERE state ->> 'published_at' IS NOT NULL AND NOT confidential
ORDER BY received_at DESC
LIMIT $1;

-- name: open_ticket_of_call
SELECT number FROM tickets WHERE call_id = $1 AND NOT confidential;

-- name: put_suggestions
UPDATE tickets SET suggestions = $2, version = version + 1, updated_at = clock_timestamp()
WHERE number = $1 AND NOT confidential;

-- name: caller_tickets
SELECT number, status, category, received_at FROM tickets
WHERE caller_phone = $1 AND caller_phone <> '' AND number <> $2 AND NOT confidential
ORDER BY received_at DESC LIMIT 20;

-- name: recent_open_tickets
SELECT number, content, received_at,
       coalesce(nullif(state -> 'matter' ->> 'place', ''), suggestions -> 'place' ->> 'text', '') AS place
FROM tickets
WHERE received_at >= $1 AND received_at <= $2 AND number <> $3 AND NOT confidential AND content <> ''
  AND status NOT IN ('closed', 'provisionally_closed', 'archived', 'merged')
ORDER BY received_at DESC LIMIT 500;

-- name: told_tickets
SELECT number, call_id, status, category, urgency, source, anonymous, confidential, content, unit_ids, discipline_unit,
       caller_phone, caller_name, satisfaction, received_at, due_at, closed_at, late, version
FROM tickets WHERE number = ANY ($1) ORDER BY number;

-- name: told_notices
SELECT n.id, n.number, n.at, n.recipient, n.kind, n.text, t.unit_ids, t.anonymous, t.confidential, t.discipline_unit
FROM ticket_notices n JOIN tickets t USING (number) WHERE n.id = ANY ($1) ORDER BY n.id;

-- name: tickets_of_caller
SELECT number, call_id, status, category, urgency, source, anonymous, confidential, content, unit_ids, discipline_unit,
       caller_phone, caller_name, satisfaction, received_at, due_at, closed_at, late, version
FROM tickets
WHERE caller_phone = $1 AND caller_phone <> '' AND NOT confidential AND NOT anonymous
ORDER BY received_at DESC LIMIT $2;

-- name: link_call
UPDATE tickets SET call_id = $2, version = version + 1, updated_at = clock_timestamp()
WHERE number = $1 AND call_id IS NULL
RETURNING version;

-- name: answered_on_call
-- A ticket that was written while its call went on gets what only the end of the call tells.
UPDATE tickets
SET operator_id = CASE WHEN operator_id = '' THEN $2 ELSE operator_id END, satisfaction = coalesce(satisfaction, $3)
WHERE call_id = $1
RETURNING number;
