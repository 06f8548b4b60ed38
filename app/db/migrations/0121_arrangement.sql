-- Colleagues, a queue's free operators and supervisors are rung for a call like units and services; their post is
-- the operator id.
ALTER TABLE unit_attempts
    DROP CONSTRAINT unit_attempts_kind_check,
    ADD CONSTRAINT unit_attempts_kind_check CHECK (kind IN ('unit', 'operator', 'queue', 'service', 'supervisor')),
    DROP CONSTRAINT unit_attempts_mode_check,
    ADD CONSTRAINT unit_attempts_mode_check
        CHECK (mode IN ('join', 'consult', 'hand-over', 'back', 'listen', 'whisper', 'take')),
    DROP CONSTRAINT unit_attempts_post_check,
    ADD CONSTRAINT unit_attempts_post_check CHECK (CASE kind
        WHEN 'unit' THEN post IN ('A', 'B', 'leader')
        WHEN 'service' THEN post = 'line'
        ELSE post <> '' END);
COMMENT ON COLUMN unit_attempts.kind IS
    'Whose telephone rang; `unit_id` is the id of a unit, a service number, an operator or a queue.';
