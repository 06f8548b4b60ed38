-- Calls that the hotline makes are calls like those that come in: one row, told apart by `direction`.
ALTER TABLE calls
    ADD COLUMN direction text NOT NULL DEFAULT 'in' CHECK (direction IN ('in', 'out')),
    ADD COLUMN reason text CHECK (reason IN ('call-back', 'inform', 'follow-up', 'urge', 'contact', 'other')),
    ADD COLUMN asked_by text,
    ADD COLUMN whom text,
    ADD COLUMN about_ticket text REFERENCES tickets (number),
    ADD COLUMN about_call text REFERENCES calls (id),
    ADD COLUMN reached text CHECK (reached IN ('person', 'machine', 'busy', 'no-answer', 'switched-off', 'wrong-number',
                                               'refused', 'failed', 'given-up', 'not-dialled')),
    ADD COLUMN sip_code smallint CHECK (sip_code BETWEEN 300 AND 699),
    DROP CONSTRAINT calls_outcome_check,
    ADD CONSTRAINT calls_outcome_check CHECK (CASE direction
        WHEN 'in' THEN outcome IN ('conversation', 'missed')
        ELSE outcome IN ('conversation', 'not-reached') END),
    ADD CONSTRAINT calls_out_have_a_reason CHECK ((direction = 'out') = (reason IS NOT NULL)
        AND (direction = 'out') = (asked_by IS NOT NULL)),
    ADD CONSTRAINT calls_out_have_an_end CHECK (direction = 'in' OR (reached IS NOT NULL) = (outcome IS NOT NULL));
COMMENT ON TABLE calls IS
    'One row per call; of those that come in the id is the Uniqueid of the citizen''s channel, of others given before.';
COMMENT ON COLUMN calls.reached IS 'What became of a call that goes out; `sip_code` is the final one (RFC 3261), if any.';
CREATE INDEX calls_about_ticket ON calls (about_ticket, started_at) WHERE about_ticket IS NOT NULL;
CREATE INDEX calls_about_call ON calls (about_call) WHERE about_call IS NOT NULL;

-- What askers named their requests (Idempotency-Key): asked twice, called once.
CREATE TABLE outgoing_requests (
    asked_by text NOT NULL,
    key      text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    call_id  text NOT NULL REFERENCES calls (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (asked_by, key)
);

-- How callers are answered is counted of calls that come in.
DROP INDEX calls_answering;
CREATE INDEX calls_answering ON calls (started_at) INCLUDE (answered_at, ended_at, outcome, missed_reason, called_back_at)
    WHERE direction = 'in';

ALTER TABLE unit_attempts
    DROP CONSTRAINT unit_attempts_kind_check,
    ADD CONSTRAINT unit_attempts_kind_check
        CHECK (kind IN ('unit', 'operator', 'queue', 'service', 'supervisor', 'citizen')),
    DROP CONSTRAINT unit_attempts_post_check,
    ADD CONSTRAINT unit_attempts_post_check CHECK (CASE kind
        WHEN 'unit' THEN post IN ('A', 'B', 'leader')
        WHEN 'service' THEN post = 'line'
        ELSE post <> '' END);
COMMENT ON COLUMN unit_attempts.kind IS
    'Whose telephone rang; `unit_id` is the id of a unit, a service number, an operator or a queue, or whom we call.';
