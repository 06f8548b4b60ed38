-- What somebody typed and has not sent yet, by person and by what it is for. Only the service itself reads it.

CREATE TABLE drafts (
    user_name       text NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    key             text NOT NULL CHECK (key ~ '^[A-Za-z0-9:._-]{1,100}$'),
    value           jsonb NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_name, key)
);
CREATE INDEX drafts_old ON drafts (updated_at);
