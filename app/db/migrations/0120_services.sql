-- Whoever is rung for a call: a member unit, whose answering counts in its assessment, or a service number (110, water).
ALTER TABLE unit_attempts
    ADD COLUMN kind text NOT NULL DEFAULT 'unit' CHECK (kind IN ('unit', 'operator', 'service', 'supervisor')),
    DROP CONSTRAINT unit_attempts_post_check,
    ADD CONSTRAINT unit_attempts_post_check CHECK (post IN ('A', 'B', 'leader') OR kind <> 'unit' AND post = 'line');
COMMENT ON COLUMN unit_attempts.kind IS 'Whose telephone rang; `unit_id` is the id of a unit or of a service number.';
