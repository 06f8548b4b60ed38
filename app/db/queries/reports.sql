-- What the reports count; every query gives rows with a `key`. The figures are defined in app/reports/figures_text.py.

-- name: report_parts
-- $1 to $2: received; $3, $4: one unit, one category; $5: the categories that are assessed; $6: now; $7: what the key
-- is (unit, category, day, month); $8: the time zone of days.
SELECT CASE $7 WHEN 'day' THEN to_char(day, 'YYYY-MM-DD') WHEN 'month' THEN to_char(day, 'YYYY-MM') ELSE name END AS key,
       count(*) AS assigned,
       count(*) FILTER (WHERE lead AND counts AND (heard_at IS NOT NULL OR hear_by < $6)) AS response_due,
       count(*) FILTER (WHERE lead AND counts AND heard_at <= coalesce(hear_by, 'infinity')) AS responded,
       count(*) FILTER (WHERE counts AND report_by IS NOT NULL AND (reported_at IS NOT NULL OR report_by < $6))
           AS report_due,
       count(*) FILTER (WHERE counts AND reported_at <= report_by) AS reported_in_time,
       count(*) FILTER (WHERE counts AND reported_at IS NULL AND report_by < $6) AS late_now,
       count(*) FILTER (WHERE lead AND counts AND handled AND (ended OR report_by < $6)) AS resolution_due,
       count(*) FILTER (WHERE lead AND counts AND status IN ('closed', 'archived')
                        AND satisfaction IS DISTINCT FROM 'dissatisfied') AS resolved,
       count(*) FILTER (WHERE lead AND counts AND handled AND satisfaction IS NOT NULL) AS heard,
       count(*) FILTER (WHERE lead AND counts AND handled
                        AND satisfaction IN ('satisfied', 'basically_satisfied')) AS pleased,
       count(*) FILTER (WHERE returned) AS returned,
       count(*) FILTER (WHERE redos > 0) AS redone,
       sum(redos)::bigint AS redo_rounds,
       count(*) FILTER (WHERE repeated) AS repeated,
       count(*) FILTER (WHERE extended) AS extended,
       count(*) FILTER (WHERE urges > 0) AS urged,
       count(*) FILTER (WHERE supervisions > 0) AS supervised
FROM (
    SELECT *, least(informed_at, reported_at) AS heard_at, coalesce(inform_by, report_by) AS hear_by,
           status NOT IN ('referred', 'merged') AS handled,
           status IN ('closed', 'provisionally_closed', 'archived') AS ended,
           CASE $7::text WHEN 'unit' THEN unit_id WHEN 'category' THEN category END AS name,
           CASE $7 WHEN 'day' THEN (received_at AT TIME ZONE $8::text)::date
                   WHEN 'month' THEN date_trunc('month', received_at AT TIME ZONE $8)::date END AS day
    FROM ticket_assignments
    WHERE received_at >= $1 AND received_at < $2
      AND ($3::text IS NULL OR unit_id = $3)
      AND ($4::text IS NULL OR category = $4)
      AND category = ANY ($5::text[])
) AS parts
GROUP BY name, day;

-- name: report_tickets
-- The same arguments; here $5 only decides for which categories rates are taken.
SELECT CASE $7 WHEN 'day' THEN to_char(day, 'YYYY-MM-DD') WHEN 'month' THEN to_char(day, 'YYYY-MM') ELSE name END AS key,
       count(*) AS received,
       count(*) FILTER (WHERE answered IS NOT NULL) AS on_the_spot,
       count(*) FILTER (WHERE status = 'referred') AS referred,
       count(*) FILTER (WHERE repeated) AS repeats,
       count(*) FILTER (WHERE handled AND (ended OR resolve_by < $6)) AS resolution_due,
       count(*) FILTER (WHERE handled AND status IN ('closed', 'archived')
                        AND satisfaction IS DISTINCT FROM 'dissatisfied') AS resolved,
       count(*) FILTER (WHERE handled AND satisfaction IS NOT NULL) AS heard,
       count(*) FILTER (WHERE handled AND satisfaction IN ('satisfied', 'basically_satisfied')) AS pleased
FROM (
    SELECT *, status NOT IN ('referred', 'merged') AND category = ANY ($5::text[]) AS handled,
           status IN ('closed', 'provisionally_closed', 'archived') AS ended,
           CASE $7::text WHEN 'category' THEN category END AS name,
           CASE $7 WHEN 'day' THEN (received_at AT TIME ZONE $8::text)::date
                   WHEN 'month' THEN date_trunc('month', received_at AT TIME ZONE $8)::date END AS day
    FROM ticket_figures f
    WHERE received_at >= $1 AND received_at < $2
      AND ($3::text IS NULL OR EXISTS (SELECT FROM ticket_assignments a WHERE a.number = f.number AND a.unit_id = $3))
      AND ($4::text IS NULL OR category = $4)
) AS received
GROUP BY name, day;

-- name: report_rings
-- $1 to $2: rung; $3: one unit. A ring that the centre withdrew, or that a trunk failed, says nothing of the unit.
SELECT unit_id AS key,
       count(DISTINCT call_id) AS summoned,
       count(DISTINCT call_id) FILTER (WHERE outcome = 'accepted') AS joined,
       count(*) AS rings,
       count(*) FILTER (WHERE outcome = 'accepted') AS accepted,
       count(*) FILTER (WHERE outcome = 'declined') AS declined,
       count(*) FILTER (WHERE outcome = 'no-key') AS no_key,
       count(*) FILTER (WHERE outcome IN ('busy', 'no-answer', 'unreachable', 'wrong-number')) AS unanswered
FROM unit_attempts a
WHERE started_at >= $1 AND started_at < $2
  AND ($3::text IS NULL OR unit_id = $3)
  AND kind = 'unit' AND outcome NOT IN ('cancelled', 'refused', 'failed')
  AND NOT EXISTS (SELECT FROM calls c WHERE c.id = a.call_id AND c.confidential)
GROUP BY unit_id;

-- name: report_contacts
SELECT unit_id AS key, count(*) AS contacts_late
FROM unit_contacts
WHERE late AND valid_from >= $1 AND valid_from < $2 AND ($3::text IS NULL OR unit_id = $3)
GROUP BY unit_id;

-- name: report_answering
-- $3: within so many seconds; $4: called back within so many hours; $5: the key (day, all); $6: the zone of days.
SELECT coalesce(to_char(day, 'YYYY-MM-DD'), '') AS key,
       count(*) AS calls,
       count(*) FILTER (WHERE answered_at IS NOT NULL OR missed_reason = 'queue') AS offered,
       count(answered_at) AS answered,
       count(*) FILTER (WHERE answered_at <= started_at + make_interval(secs => $3)) AS answered_in_time,
       count(*) FILTER (WHERE missed_reason = 'queue') AS left_queue,
       count(*) FILTER (WHERE missed_reason = 'menu') AS left_menu,
       count(*) FILTER (WHERE outcome = 'missed') AS missed,
       count(called_back_at) AS called_back,
       count(*) FILTER (WHERE called_back_at <= ended_at + make_interval(hours => $4)) AS called_back_in_time
FROM (
    SELECT *, CASE $5::text WHEN 'day' THEN (started_at AT TIME ZONE $6::text)::date END AS day
    FROM calls
    WHERE direction = 'in' AND started_at >= $1 AND started_at < $2 AND outcome IS NOT NULL
) AS ended
GROUP BY day;

-- name: report_worst_day
-- Of all 24 hours (288 times five minutes) from $1 to $2, those with the smallest share of calls answered.
WITH counted AS (
    SELECT date_bin('5 minutes', started_at, $1) AS slot, count(*) AS offered, count(answered_at) AS answered
    FROM calls
    WHERE direction = 'in' AND started_at >= $1 AND started_at < $2 AND (answered_at IS NOT NULL OR missed_reason = 'queue')
    GROUP BY slot
), windows AS (
    SELECT slot, sum(offered) OVER day AS offered, sum(answered) OVER day AS answered
    FROM generate_series($1::timestamptz, $2::timestamptz - interval '5 minutes', '5 minutes') AS slot
    LEFT JOIN counted USING (slot)
    WINDOW day AS (ORDER BY slot ROWS BETWEEN CURRENT ROW AND 287 FOLLOWING)
)
SELECT '' AS key, slot AS worst_24h_from, offered::bigint AS window_offered, coalesce(answered, 0)::bigint AS window_answered
FROM windows
WHERE slot <= $2 - interval '24 hours' AND offered > 0
ORDER BY coalesce(answered, 0)::double precision / offered::double precision, slot
LIMIT 1;

-- name: report_queues
-- $1 to $2: began to wait; $3: in time is within so many seconds.
SELECT queue AS key,
       count(*) AS waits,
       count(*) FILTER (WHERE outcome = 'answered') AS taken,
       count(*) FILTER (WHERE outcome = 'answered' AND left_at <= entered_at + make_interval(secs => $3)) AS taken_in_time,
       count(*) FILTER (WHERE outcome = 'abandoned') AS given_up,
       count(*) FILTER (WHERE outcome = 'moved') AS moved_on,
       count(*) FILTER (WHERE outcome = 'message') AS left_message,
       round(extract(epoch FROM max(left_at - entered_at)), 1)::double precision AS longest_wait_s,
       round(extract(epoch FROM avg(left_at - entered_at)), 1)::double precision AS mean_wait_s,
       round(sum(talk_seconds))::bigint AS talk_s,
       round((avg(talk_seconds) FILTER (WHERE outcome = 'answered'))::numeric, 1)::double precision AS mean_talk_s
FROM queue_stays
WHERE entered_at >= $1 AND entered_at < $2
GROUP BY queue;

-- name: report_operator_rings
-- $1 to $2: rung.
SELECT operator_id AS key,
       count(*) AS rung,
       count(answered_at) AS took,
       count(*) FILTER (WHERE missed) AS left_ringing,
       round(extract(epoch FROM max(left_at - answered_at)), 1)::double precision AS longest_talk_s,
       round(extract(epoch FROM avg(left_at - answered_at)), 1)::double precision AS mean_talk_s
FROM operator_rings
WHERE rang_at >= $1 AND rang_at < $2
GROUP BY operator_id;

-- name: report_operator_states
-- $1 to $2, at most to $3 (now): the part of every state that lies within.
SELECT operator_id AS key,
       round(sum(seconds) FILTER (WHERE state = 'talking'))::bigint AS talking_s,
       round(sum(seconds) FILTER (WHERE state = 'wrap-up'))::bigint AS wrap_up_s,
       round(sum(seconds) FILTER (WHERE state = 'ready'))::bigint AS ready_s,
       round(sum(seconds) FILTER (WHERE state = 'paused'))::bigint AS paused_s
FROM operator_spans($1::timestamptz, least($2::timestamptz, $3::timestamptz))
GROUP BY operator_id;

-- name: report_pauses
-- As report_operator_states, by reason.
SELECT operator_id || '/' || reason AS key,
       count(*) AS pauses,
       round(sum(seconds))::bigint AS paused_s,
       round(max(seconds))::bigint AS longest_pause_s
FROM operator_spans($1::timestamptz, least($2::timestamptz, $3::timestamptz))
WHERE state = 'paused'
GROUP BY operator_id, reason;

-- name: report_queue_titles
SELECT name AS id, title AS name FROM queues WHERE name = ANY($1::text[]);

-- name: report_operator_names
SELECT id, name FROM operators WHERE id = ANY($1::text[]);

-- name: report_trends
-- Three periods: $1 to $2, $3 to $4, $5 to $6; $7, $8: one unit, one category.
SELECT category AS key,
       count(*) FILTER (WHERE received_at >= $1 AND received_at < $2) AS received,
       count(*) FILTER (WHERE received_at >= $3 AND received_at < $4) AS previous,
       count(*) FILTER (WHERE received_at >= $5 AND received_at < $6) AS year_before
FROM ticket_figures f
WHERE (received_at >= $1 AND received_at < $2 OR received_at >= $3 AND received_at < $4
       OR received_at >= $5 AND received_at < $6)
  AND ($7::text IS NULL OR EXISTS (SELECT FROM ticket_assignments a WHERE a.number = f.number AND a.unit_id = $7))
  AND ($8::text IS NULL OR category = $8)
GROUP BY category;

-- name: report_contents
-- The contents of at most $5 tickets, evenly spread over those received from $1 to $2.
WITH wanted AS (
    SELECT number, row_number() OVER (ORDER BY received_at, number) AS place, count(*) OVER () AS total
    FROM ticket_figures f
    WHERE received_at >= $1 AND received_at < $2
      AND ($3::text IS NULL OR EXISTS (SELECT FROM ticket_assignments a WHERE a.number = f.number AND a.unit_id = $3))
      AND ($4::text IS NULL OR category = $4)
)
SELECT left(t.content, 300) AS content
FROM wanted JOIN tickets t USING (number)
WHERE place % greatest(ceil(total / $5::numeric), 1) = 0 AND NOT t.confidential AND t.content <> '';

-- name: report_confidential
SELECT count(*) FROM tickets WHERE confidential AND received_at >= $1 AND received_at < $2;

-- name: report_unit_names
SELECT id, name FROM units WHERE id = ANY ($1::text[]);
