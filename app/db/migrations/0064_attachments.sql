-- What people attach to tickets: files beside the recordings, each with its checksum. Who may see them follows the
-- ticket: the subqueries are under the ticket's own policies.

CREATE TABLE ticket_attachments (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number          text NOT NULL REFERENCES tickets (number),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    media_type      text NOT NULL,
    bytes           bigint NOT NULL CHECK (bytes > 0),
    sha256          text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    path            text NOT NULL,
    thumbnail       text,
    scanned         boolean NOT NULL,
    user_name       text NOT NULL,
    unit_id         text,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (number, sha256)
);
COMMENT ON COLUMN ticket_attachments.path IS 'Relative to the folder of attachments; so is thumbnail, of images.';
COMMENT ON COLUMN ticket_attachments.scanned IS 'A virus scanner looked at it and found nothing.';
CREATE INDEX ticket_attachments_ticket ON ticket_attachments (number, id);

ALTER TABLE ticket_attachments ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_its_ticket ON ticket_attachments FOR SELECT
    TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor
    USING (EXISTS (SELECT FROM tickets t WHERE t.number = ticket_attachments.number));
GRANT SELECT ON ticket_attachments TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor;
