-- What was learnt from closed tickets, version by version; the newest in force of each kind is used. Nobody but the
-- service reads it: its pieces of text were said by citizens.

CREATE TABLE classifiers (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('unit', 'category')),
    made_at         timestamptz NOT NULL,
    examples        integer NOT NULL CHECK (examples > 0),
    held_out        integer NOT NULL CHECK (held_out > 0),
    right_before    integer NOT NULL CHECK (right_before BETWEEN 0 AND held_out),
    right_now       integer NOT NULL CHECK (right_now BETWEEN 0 AND held_out),
    in_force        boolean NOT NULL,
    model           jsonb NOT NULL
);
COMMENT ON COLUMN classifiers.right_before IS 'Held-out tickets that the version in force before (or none) got right; right_now: this one.';
CREATE INDEX classifiers_in_force ON classifiers (kind, id DESC) WHERE in_force;
