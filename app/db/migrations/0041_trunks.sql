-- Over which trunk a duty phone was rung, and what it, or the carrier for it, answered.

ALTER TABLE unit_attempts
    ADD COLUMN trunk text NOT NULL DEFAULT '',
    ADD COLUMN sip_code smallint CHECK (sip_code BETWEEN 300 AND 699),
    DROP CONSTRAINT unit_attempts_outcome_check,
    ADD CONSTRAINT unit_attempts_outcome_check CHECK (outcome IN (
        'accepted', 'declined', 'no-key', 'busy', 'no-answer', 'unreachable', 'wrong-number', 'refused', 'failed',
        'cancelled'));
COMMENT ON COLUMN unit_attempts.sip_code IS 'The final SIP code (RFC 3261, section 21), null where there was none.';
