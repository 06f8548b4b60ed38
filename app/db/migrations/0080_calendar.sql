-- Which calendar of working days every open ticket is counted by: another one makes them all be counted again.

CREATE TABLE calendar_followed (
    only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    fingerprint     text NOT NULL,
    followed_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE calendar_followed IS 'Written when the last open ticket has been counted again; no role but the owner reads it.';
