-- How long operators were in each state, for reports. And a caller whom 110 took from the queue has not given up.

CREATE FUNCTION operator_spans(since timestamptz, until timestamptz)
RETURNS TABLE (operator_id text, state text, reason text, seconds double precision) LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT s.operator_id, s.state, s.reason,
           extract(epoch FROM least(coalesce(s.next_at, until), until) - greatest(s.at, since))::double precision
    FROM (
        SELECT o.operator_id, o.state, o.reason, o.at,
               lead(o.at) OVER (PARTITION BY o.operator_id ORDER BY o.at) AS next_at
        FROM operator_states o
        WHERE o.at < until
          AND o.at >= coalesce((SELECT max(b.at) FROM operator_states b
                                WHERE b.operator_id = o.operator_id AND b.at <= since), '-infinity')
    ) AS s
    WHERE coalesce(s.next_at, until) > since AND s.at < until;
END;
COMMENT ON FUNCTION operator_spans IS 'The part of every state that lies within; the state that was on when it began is one of them.';

CREATE OR REPLACE FUNCTION keep_telephone_figures(call_id text, ended_at timestamptz) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO queue_stays (call_id, n, queue, entered_at, left_at, outcome, operator_id, talk_seconds)
    SELECT $1, row_number() OVER (ORDER BY at, seq), coalesce(data ->> 'queue', ''), at, greatest(at, next_at),
           CASE next_kind WHEN 'operator-joined' THEN 'answered' WHEN 'queued' THEN 'moved'
                          WHEN 'unit-joined' THEN 'moved'
                          WHEN 'message' THEN 'message' WHEN 'callback' THEN 'message' ELSE 'abandoned' END,
           CASE next_kind WHEN 'operator-joined' THEN coalesce(next_data ->> 'operator', '') ELSE '' END,
           CASE next_kind WHEN 'operator-joined'
                THEN greatest(0, extract(epoch FROM coalesce(
                    (SELECT min(l.at) FROM call_events l
                     WHERE l.call_id = $1 AND l.kind = 'operator-left' AND l.data ->> 'party' = next_data ->> 'party'),
                    $2) - next_at)) ELSE 0 END
    FROM (
        SELECT kind, at, seq, data, lead(kind) OVER w AS next_kind, lead(data) OVER w AS next_data,
               lead(at) OVER w AS next_at
        FROM call_events e
        WHERE e.call_id = $1 AND kind IN ('queued', 'operator-joined', 'unit-joined', 'message', 'callback', 'ended')
        WINDOW w AS (ORDER BY at, seq)
    ) AS steps
    WHERE kind = 'queued'
    ON CONFLICT DO NOTHING;

    INSERT INTO operator_rings (call_id, n, operator_id, rang_at, answered_at, left_at, missed)
    SELECT $1, row_number() OVER (ORDER BY at, seq), operator, at,
           CASE WHEN next_kind = 'operator-joined' THEN next_at END,
           CASE WHEN next_kind = 'operator-joined' THEN greatest(next_at, coalesce(left_at, $2)) END,
           next_kind IS NOT DISTINCT FROM 'operator-no-answer'
    FROM (
        SELECT kind, at, seq, data ->> 'operator' AS operator, lead(kind) OVER w AS next_kind, lead(at) OVER w AS next_at,
               CASE WHEN lead(kind, 2) OVER w = 'operator-left' THEN lead(at, 2) OVER w END AS left_at
        FROM call_events e
        WHERE e.call_id = $1
          AND kind IN ('operator-ringing', 'operator-no-answer', 'operator-joined', 'operator-left')
        WINDOW w AS (PARTITION BY data ->> 'operator' ORDER BY at, seq)
    ) AS steps
    WHERE kind = 'operator-ringing' AND operator IS NOT NULL
    ON CONFLICT DO NOTHING;
END;
