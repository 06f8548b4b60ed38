-- People: accounts, tokens, attempts to log in, and the audit log.

CREATE TABLE users (
    name            text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9._-]{1,31}$'),
    role            text NOT NULL
                    CHECK (role IN ('operator', 'back_office', 'unit', 'supervisor', 'auditor', 'admin')),
    unit_id         text REFERENCES units (id),
    operator_id     text UNIQUE CHECK (operator_id ~ '^[a-z][a-z0-9]{1,31}$'),
    password_hash   text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    created_at      timestamptz NOT NULL,
    disabled_at     timestamptz,
    CHECK ((role = 'unit') = (unit_id IS NOT NULL)),
    CHECK (operator_id IS NULL OR role IN ('operator', 'back_office', 'supervisor'))
);

-- Sessions and API tokens. A token is 256 random bits; only its SHA-256 is kept.
CREATE TABLE tokens (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest          bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    kind            text NOT NULL CHECK (kind IN ('session', 'api')),
    user_name       text NOT NULL REFERENCES users (name),
    label           text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL CHECK (expires_at > created_at),
    revoked_at      timestamptz
);
CREATE INDEX tokens_user ON tokens (user_name) WHERE revoked_at IS NULL;
CREATE INDEX tokens_expired ON tokens (expires_at);

-- The name is kept as a digest: people type passwords into the wrong field.
CREATE TABLE login_attempts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name_digest     bytea NOT NULL,
    address         inet NOT NULL,
    at              timestamptz NOT NULL,
    succeeded       boolean NOT NULL DEFAULT false
);
CREATE INDEX login_attempts_name ON login_attempts (name_digest, at) WHERE NOT succeeded;
CREATE INDEX login_attempts_address ON login_attempts (address, at) WHERE NOT succeeded;
CREATE INDEX login_attempts_at ON login_attempts (at);

CREATE TABLE audit_log (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_name       text NOT NULL,
    role            text NOT NULL,
    address         inet,
    action          text NOT NULL,
    subject         text NOT NULL,
    detail          jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE audit_log IS 'Who looked at or changed what, when, from where; ids only, no numbers, names of callers or words.';
CREATE INDEX audit_log_at ON audit_log (at DESC, id DESC);
CREATE INDEX audit_log_subject ON audit_log (subject, at DESC);
CREATE INDEX audit_log_user ON audit_log (user_name, at DESC);
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
