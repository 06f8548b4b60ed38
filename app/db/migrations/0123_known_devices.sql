-- A browser from which somebody has logged in before: wrong passwords from elsewhere do not stop it.
CREATE TABLE login_devices (
    token_digest    bytea NOT NULL CHECK (octet_length(token_digest) = 32),
    user_name       text NOT NULL REFERENCES users (name),
    used_at         timestamptz NOT NULL,
    PRIMARY KEY (token_digest, user_name)
);
ALTER TABLE login_attempts ADD COLUMN device bytea;
COMMENT ON COLUMN login_attempts.device IS 'The digest of a known device, null for any other.';
