-- Searches that somebody keeps by name: a page of the desk with its filters. Only the service itself reads them.

CREATE TABLE saved_views (
    user_name       text NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 40 AND name !~ '[[:cntrl:]]'),
    path            text NOT NULL CHECK (path ~ '^/[a-z][A-Za-z0-9/_-]*(\?[^[:space:][:cntrl:]]*)?$' AND length(path) <= 2000),
    saved_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_name, name)
);
