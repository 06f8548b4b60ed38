-- Browsers that are told of notices while no page is open (RFC 8030), and the key pair with which we say who we are
-- (RFC 8292). Only the service itself reads these.

CREATE TABLE push_key (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),
    private_pem     text NOT NULL,
    made_at         timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE push_subscriptions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_name       text NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    -- Whose end ends this, too. A session that is only over in time leaves it: duty telephones are told at night.
    session_id      bigint REFERENCES tokens (id) ON DELETE SET NULL,
    endpoint        text NOT NULL UNIQUE CHECK (endpoint LIKE 'https://%' AND length(endpoint) <= 1000),
    public_key      bytea NOT NULL CHECK (length(public_key) = 65),
    secret          bytea NOT NULL CHECK (length(secret) = 16),
    seen_at         timestamptz NOT NULL,
    last_error      text NOT NULL DEFAULT '' CHECK (length(last_error) <= 400)
);
CREATE INDEX push_subscriptions_user ON push_subscriptions (user_name);
CREATE INDEX push_subscriptions_session ON push_subscriptions (session_id);

-- Who logs out, or is logged out by an administrator, is told nothing more in that browser.
CREATE FUNCTION end_push() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM push_subscriptions WHERE session_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER push_ends AFTER UPDATE OF revoked_at ON tokens
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION end_push();
