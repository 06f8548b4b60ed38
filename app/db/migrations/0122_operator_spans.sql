-- How long operators were in each state, for reports.

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
