-- The dialler's list: calls that somebody wants made, whom never, and what a person has stopped.
CREATE TABLE wanted_calls (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number       text NOT NULL CHECK (number ~ '^[0-9+*#]{2,20}$'),
    reason       text NOT NULL CHECK (reason IN ('call-back', 'inform', 'follow-up', 'urge', 'contact', 'other')),
    about_ticket text REFERENCES tickets (number),
    about_call   text REFERENCES calls (id),
    wanted_by    text NOT NULL,
    wanted_at    timestamptz NOT NULL,
    not_before   timestamptz,
    priority     smallint NOT NULL DEFAULT 100 CHECK (priority BETWEEN 0 AND 1000),
    ended_at     timestamptz,
    ended_why    text CHECK (ended_why IN ('done', 'exhausted', 'never', 'withdrawn')),
    CHECK ((ended_at IS NULL) = (ended_why IS NULL))
);
COMMENT ON COLUMN wanted_calls.priority IS 'Smaller goes first.';
CREATE INDEX wanted_calls_open ON wanted_calls (priority, wanted_at) WHERE ended_at IS NULL;
-- Who wants the same number called for the same reason wants the same call.
CREATE UNIQUE INDEX wanted_calls_once ON wanted_calls (number, reason) WHERE ended_at IS NULL;

ALTER TABLE calls ADD COLUMN wanted_call bigint REFERENCES wanted_calls (id);
CREATE INDEX calls_of_wish ON calls (wanted_call, started_at) WHERE wanted_call IS NOT NULL;
CREATE INDEX calls_out_started ON calls (started_at, caller) WHERE direction = 'out';
-- Nobody is called twice at once, whoever asks for it.
CREATE UNIQUE INDEX calls_one_to_a_person ON calls (caller) WHERE direction = 'out' AND ended_at IS NULL;

CREATE TABLE never_called (
    number   text PRIMARY KEY CHECK (number ~ '^[0-9+*#]{2,20}$'),
    why      text NOT NULL CHECK (why <> ''),
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    until    timestamptz
);

CREATE TABLE dialler_state (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    stopped    boolean NOT NULL DEFAULT false,
    paused     text[] NOT NULL DEFAULT '{}',
    changed_by text NOT NULL DEFAULT '',
    changed_at timestamptz
);
INSERT INTO dialler_state DEFAULT VALUES;
