-- The audit log as a chain: the seal of a line is made of the line and of the seal before it, so that a change shows.

CREATE TABLE audit_seals (
    place           bigint PRIMARY KEY CHECK (place > 0),
    line_id         bigint NOT NULL UNIQUE REFERENCES audit_log (id),
    seal            bytea NOT NULL CHECK (length(seal) = 32),
    sealed_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE audit_seals IS 'Each line of the audit log in the order of sealing, with the SHA-256 of the line and of the seal before it.';
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE audit_forwarded (
    only_one        boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    place           bigint NOT NULL CHECK (place >= 0)
);
COMMENT ON TABLE audit_forwarded IS 'Up to which place of the chain the log was sent on to the syslog of another machine.';
INSERT INTO audit_forwarded (place) VALUES (0);
