-- Calls, what happened on them, their recordings and transcripts, and the tickets they open.

CREATE TABLE calls (
    id              text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9.-]{1,100}$'),
    node            text NOT NULL,
    caller          text NOT NULL DEFAULT '',
    caller_name     text NOT NULL DEFAULT '',
    dialled         text NOT NULL DEFAULT '',
    started_at      timestamptz NOT NULL,
    answered_at     timestamptz,
    ended_at        timestamptz CHECK (ended_at >= started_at),
    outcome         text CHECK (outcome IN ('conversation', 'missed')),
    missed_reason   text CHECK (missed_reason IN ('menu', 'queue')),
    category        text NOT NULL DEFAULT '',
    keys            text[] NOT NULL DEFAULT '{}',
    satisfaction    text,
    confidential    boolean NOT NULL DEFAULT false,
    called_back_at  timestamptz,
    CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CHECK ((missed_reason IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'missed'))
);
COMMENT ON TABLE calls IS 'One row per citizen call; id is the Uniqueid of the citizen''s channel.';
CREATE INDEX calls_started ON calls (started_at DESC);
CREATE INDEX calls_open ON calls (node) WHERE ended_at IS NULL;
CREATE INDEX calls_missed ON calls (ended_at DESC) WHERE outcome = 'missed' AND called_back_at IS NULL;
CREATE INDEX calls_caller ON calls (caller, started_at DESC);

-- Append-only: every step of a call. `key` names the step within its call, so that the same step learned twice
-- (live over AMI, again from the spool or from Asterisk's journal) is one row.
CREATE TABLE call_events (
    seq             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    call_id         text NOT NULL REFERENCES calls (id),
    key             text NOT NULL CHECK (length(key) BETWEEN 1 AND 300),
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    source          text NOT NULL DEFAULT 'ami' CHECK (source IN ('ami', 'resync', 'journal', 'service', 'people')),
    data            jsonb NOT NULL DEFAULT '{}',
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (call_id, key)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER call_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON call_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE call_parties (
    call_id         text NOT NULL REFERENCES calls (id),
    party_id        text NOT NULL,
    role            text NOT NULL CHECK (role IN ('citizen', 'operator', 'unit')),
    name            text NOT NULL DEFAULT '',
    joined_at       timestamptz NOT NULL,
    left_at         timestamptz CHECK (left_at >= joined_at),
    PRIMARY KEY (call_id, party_id)
);

CREATE TABLE unit_attempts (
    attempt_id      text PRIMARY KEY,
    call_id         text NOT NULL REFERENCES calls (id),
    unit_id         text NOT NULL,
    unit_name       text NOT NULL DEFAULT '',
    post            text NOT NULL CHECK (post IN ('A', 'B', 'leader')),
    mode            text NOT NULL CHECK (mode IN ('join', 'consult')),
    started_at      timestamptz NOT NULL,
    answered_at     timestamptz,
    ended_at        timestamptz,
    outcome         text CHECK (outcome IN ('accepted', 'declined', 'no-key', 'busy', 'no-answer', 'failed', 'cancelled'))
);
COMMENT ON TABLE unit_attempts IS 'Every ring of a duty phone; not answering counts in the unit''s assessment.';
CREATE INDEX unit_attempts_call ON unit_attempts (call_id);
CREATE INDEX unit_attempts_unit ON unit_attempts (unit_id, started_at DESC);

CREATE TABLE recordings (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id         text NOT NULL REFERENCES calls (id),
    kind            text NOT NULL CHECK (kind IN ('track', 'mixed')),
    role            text CHECK (role IN ('citizen', 'operator', 'unit')),
    name            text NOT NULL,
    path            text NOT NULL UNIQUE,
    seconds         double precision NOT NULL CHECK (seconds >= 0),
    sha256          text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    created_at      timestamptz NOT NULL DEFAULT now(),
    deleted_at      timestamptz,
    UNIQUE (call_id, name),
    CHECK ((kind = 'track') = (role IS NOT NULL))
);

CREATE TABLE transcripts (
    call_id         text PRIMARY KEY REFERENCES calls (id),
    turns           jsonb NOT NULL,
    model           text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN transcripts.turns IS '[{"role", "name", "start", "end", "text"}], seconds from the first bridging.';

CREATE TABLE ticket_counters (
    day             date PRIMARY KEY,
    last            integer NOT NULL CHECK (last BETWEEN 1 AND 999999)
);
COMMENT ON TABLE ticket_counters IS 'Ticket numbers YYYYMMDD-NNNNNN: one row per day, incremented in the ticket''s own transaction.';

CREATE TABLE tickets (
    number          text PRIMARY KEY CHECK (number ~ '^[0-9]{8}-[0-9]{6}$'),
    call_id         text UNIQUE REFERENCES calls (id),
    profile         text NOT NULL,
    status          text NOT NULL,
    category        text NOT NULL DEFAULT '',
    urgency         text NOT NULL DEFAULT 'ordinary',
    source          text NOT NULL DEFAULT 'citizen',
    channel         text NOT NULL DEFAULT 'phone',
    caller_phone    text NOT NULL DEFAULT '',
    caller_name     text NOT NULL DEFAULT '',
    caller_address  text NOT NULL DEFAULT '',
    anonymous       boolean NOT NULL DEFAULT false,
    confidential    boolean NOT NULL DEFAULT false,
    content         text NOT NULL DEFAULT '',
    operator_id     text NOT NULL DEFAULT '',
    unit_ids        text[] NOT NULL DEFAULT '{}',
    discipline_unit text,
    satisfaction    text,
    received_at     timestamptz NOT NULL,
    due_at          timestamptz,
    next_deadline   timestamptz,
    closed_at       timestamptz,
    late            text[] NOT NULL DEFAULT '{}',
    merged_into     text REFERENCES tickets (number),
    suggestions     jsonb NOT NULL DEFAULT '{}',
    state           jsonb NOT NULL DEFAULT '{}',
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN tickets.state IS 'The regulation engine''s whole ticket; the other columns repeat what lists, search and reports need.';
CREATE INDEX tickets_received ON tickets (received_at DESC, number DESC);
CREATE INDEX tickets_status_due ON tickets (status, due_at);
CREATE INDEX tickets_status_received ON tickets (status, received_at DESC);
CREATE INDEX tickets_category_received ON tickets (category, received_at DESC);
CREATE INDEX tickets_caller ON tickets (caller_phone, received_at DESC) WHERE caller_phone <> '';
CREATE INDEX tickets_units ON tickets USING gin (unit_ids);
CREATE INDEX tickets_deadline ON tickets (next_deadline) WHERE next_deadline IS NOT NULL;

CREATE TABLE ticket_history (
    number          text NOT NULL REFERENCES tickets (number),
    n               integer NOT NULL CHECK (n > 0),
    at              timestamptz NOT NULL,
    action          text NOT NULL,
    actor           text NOT NULL,
    data            jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (number, n)
);
CREATE TRIGGER ticket_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every notice that the regulation asks for; `key` makes a timed notice happen once.
CREATE TABLE ticket_notices (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number          text NOT NULL REFERENCES tickets (number),
    key             text NOT NULL,
    at              timestamptz NOT NULL,
    recipient       text NOT NULL,
    kind            text NOT NULL,
    text            text NOT NULL,
    read_at         timestamptz,
    UNIQUE (number, key)
);
CREATE INDEX ticket_notices_unread ON ticket_notices (recipient, at) WHERE read_at IS NULL;

-- How far Asterisk's own journal of each node has been read, in bytes.
CREATE TABLE journal_positions (
    node            text PRIMARY KEY,
    inode           bigint NOT NULL,
    position        bigint NOT NULL CHECK (position >= 0)
);
