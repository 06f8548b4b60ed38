-- Operators, their skills, queues and which calls go to which; what operators did when; and how queues were answered.

CREATE TABLE operators (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9]{1,31}$'),
    name            text NOT NULL CHECK (name <> '' AND name !~ '[[:cntrl:]]'),
    webrtc          boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    retired_at      timestamptz
);
COMMENT ON TABLE operators IS 'Nobody is deleted: old calls name them. A retired operator has no SIP account.';

CREATE TABLE operator_skills (
    operator_id     text NOT NULL REFERENCES operators (id),
    skill           text NOT NULL CHECK (skill ~ '^[a-z][a-z0-9-]{0,31}$'),
    level           smallint NOT NULL CHECK (level BETWEEN 1 AND 9),
    PRIMARY KEY (operator_id, skill)
);
COMMENT ON COLUMN operator_skills.level IS '9 is the best, and rung first.';

CREATE TABLE queues (
    name            text PRIMARY KEY CHECK (name ~ '^[A-Za-z][A-Za-z0-9-]{1,31}$'),
    title           text NOT NULL CHECK (title <> '' AND title !~ '[[:cntrl:]]'),
    skills          text[] NOT NULL DEFAULT '{}',
    priority        smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 99),
    hours           jsonb CHECK (jsonb_typeof(hours) = 'object'),
    announcement    text CHECK (announcement ~ '^[A-Za-z0-9][A-Za-z0-9/_-]{0,63}$'),
    music           text CHECK (music ~ '^[A-Za-z][A-Za-z0-9-]{0,31}$'),
    longest_wait    integer CHECK (longest_wait BETWEEN 5 AND 7200),
    overflow_to     text REFERENCES queues (name) DEFERRABLE INITIALLY DEFERRED CHECK (overflow_to <> name),
    ring_seconds    integer CHECK (ring_seconds BETWEEN 3 AND 120),
    wrapup_seconds  integer CHECK (wrapup_seconds BETWEEN 0 AND 600),
    CHECK (overflow_to IS NOT NULL OR (longest_wait IS NULL AND hours IS NULL))
);
-- Asterisk takes no notice of dashes in extensions.
CREATE UNIQUE INDEX queues_distinct ON queues (replace(name, '-', ''));

CREATE TABLE queue_routes (
    place           smallint PRIMARY KEY CHECK (place BETWEEN 1 AND 9999),
    queue           text REFERENCES queues (name),
    dialled         text CHECK (dialled ~ '^[0-9+*#]{2,20}$'),
    category        text CHECK (category IN ('consult', 'suggestion', 'complaint', 'help')),
    language        text CHECK (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
    callers         text,
    hours           jsonb CHECK (jsonb_typeof(hours) = 'object'),
    priority        smallint CHECK (priority BETWEEN 0 AND 99),
    CHECK (queue IS NOT NULL OR priority IS NOT NULL)
);
COMMENT ON TABLE queue_routes IS 'The first that fits, in order of place; a column that is null fits every call.';

CREATE TABLE caller_lists (
    list            text NOT NULL CHECK (list ~ '^[a-z][a-z0-9-]{0,31}$'),
    number          text NOT NULL CHECK (number ~ '^[0-9+*#]{2,20}$'),
    PRIMARY KEY (list, number)
);
COMMENT ON TABLE caller_lists IS 'Numbers that are served in a queue of their own, such as of elderly people. Granted to no role.';

CREATE TABLE pause_reasons (
    reason          text PRIMARY KEY CHECK (length(reason) BETWEEN 1 AND 40 AND reason !~ '[[:cntrl:],]'),
    place           smallint NOT NULL
);

-- Append-only: what an operator did from `at` on, until the next row.
CREATE TABLE operator_states (
    operator_id     text NOT NULL,
    at              timestamptz NOT NULL,
    state           text NOT NULL CHECK (state IN ('offline', 'paused', 'ringing', 'talking', 'wrap-up', 'ready')),
    reason          text NOT NULL DEFAULT '',
    PRIMARY KEY (operator_id, at)
);
CREATE TRIGGER operator_states_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_states
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- How a call waited, once for each queue it waited in; and each ring of an operator. Written when the call has ended.
CREATE TABLE queue_stays (
    call_id         text NOT NULL REFERENCES calls (id),
    n               smallint NOT NULL,
    queue           text NOT NULL,
    entered_at      timestamptz NOT NULL,
    left_at         timestamptz NOT NULL CHECK (left_at >= entered_at),
    outcome         text NOT NULL CHECK (outcome IN ('answered', 'moved', 'message', 'abandoned')),
    operator_id     text NOT NULL DEFAULT '',
    talk_seconds    double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (call_id, n)
);
COMMENT ON COLUMN queue_stays.outcome IS 'moved: flowed over or handed on; message: left a message, or asked to be called back.';
CREATE INDEX queue_stays_entered ON queue_stays (entered_at);

CREATE TABLE operator_rings (
    call_id         text NOT NULL REFERENCES calls (id),
    n               smallint NOT NULL,
    operator_id     text NOT NULL,
    rang_at         timestamptz NOT NULL,
    answered_at     timestamptz,
    left_at         timestamptz,
    missed          boolean NOT NULL,
    PRIMARY KEY (call_id, n)
);
COMMENT ON COLUMN operator_rings.missed IS 'Not answered, or refused; not when the caller gave up meanwhile.';
CREATE INDEX operator_rings_rang ON operator_rings (rang_at);

CREATE FUNCTION keep_telephone_figures(call_id text, ended_at timestamptz) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO queue_stays (call_id, n, queue, entered_at, left_at, outcome, operator_id, talk_seconds)
    SELECT $1, row_number() OVER (ORDER BY at, seq), coalesce(data ->> 'queue', ''), at, greatest(at, next_at),
           CASE next_kind WHEN 'operator-joined' THEN 'answered' WHEN 'queued' THEN 'moved'
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
        WHERE e.call_id = $1 AND kind IN ('queued', 'operator-joined', 'message', 'callback', 'ended')
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

CREATE FUNCTION calls_keep_telephone_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM keep_telephone_figures(NEW.id, NEW.ended_at);
    RETURN NULL;
END $$;
CREATE TRIGGER calls_keep_figures AFTER UPDATE OF outcome ON calls
    FOR EACH ROW WHEN (OLD.outcome IS NULL AND NEW.outcome IS NOT NULL) EXECUTE FUNCTION calls_keep_telephone_figures();
SELECT keep_telephone_figures(id, ended_at) FROM calls WHERE outcome IS NOT NULL;

-- Names and skills of colleagues are for those who work with them; when they rested is for supervisors.
GRANT SELECT ON operators, operator_skills, queues, queue_routes, pause_reasons
    TO hotline_operator, hotline_back_office, hotline_supervisor, hotline_admin;
GRANT SELECT ON operator_states TO hotline_supervisor;
