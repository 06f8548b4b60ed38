-- When Asterisk last answered the service: the last sign of life of the calls that a power cut ended.

ALTER TABLE journal_positions ADD COLUMN answered_at timestamptz;
CREATE INDEX calls_without_end ON calls (node) WHERE ended_at IS NULL;
