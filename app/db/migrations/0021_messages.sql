-- Messages and callbacks: when they were left and asked for, since when the caller waited, and the messages' audio.

ALTER TABLE calls
    ADD COLUMN queued_at timestamptz,
    ADD COLUMN message_at timestamptz,
    ADD COLUMN callback_at timestamptz;
COMMENT ON COLUMN calls.message_at IS 'When the first message was left; empty again when nothing turns out to have been said.';
GRANT SELECT (queued_at, message_at, callback_at)
    ON calls TO hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor;

-- What somebody owes an answer to, in the order in which the callers began to wait.
CREATE INDEX calls_to_answer ON calls (coalesce(queued_at, started_at))
    WHERE outcome = 'missed' AND called_back_at IS NULL AND (callback_at IS NOT NULL OR message_at IS NOT NULL);

ALTER TABLE recordings
    DROP CONSTRAINT recordings_kind_check,
    DROP CONSTRAINT recordings_check,
    ADD CONSTRAINT recordings_kind_check CHECK (kind IN ('track', 'mixed', 'message')),
    ADD CONSTRAINT recordings_check CHECK ((kind = 'mixed') = (role IS NULL));
