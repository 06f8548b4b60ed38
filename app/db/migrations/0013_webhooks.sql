-- Webhooks: where other ticket systems hear of changes, and the outbox that tells them, in order per ticket.

CREATE TABLE webhooks (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url             text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 2000),
    secret          text NOT NULL CHECK (length(secret) >= 16),
    created_at      timestamptz NOT NULL DEFAULT now(),
    removed_at      timestamptz
);
COMMENT ON COLUMN webhooks.secret IS 'Kept readable: every delivery is signed with it.';

CREATE TABLE webhook_deliveries (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id      bigint NOT NULL REFERENCES webhooks (id),
    number          text NOT NULL REFERENCES tickets (number),
    body            jsonb NOT NULL,
    state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given_up')),
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt    timestamptz NOT NULL DEFAULT now(),
    last_error      text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    delivered_at    timestamptz
);
COMMENT ON TABLE webhook_deliveries IS 'Written with the change itself; of one ticket the next goes only when the one before has gone.';
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (webhook_id, number, id) WHERE state <> 'delivered';
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (webhook_id, id DESC);
CREATE INDEX webhook_deliveries_ticket ON webhook_deliveries (number);

-- The public list of published tickets.
CREATE INDEX tickets_published ON tickets (received_at DESC)
    WHERE state ->> 'published_at' IS NOT NULL AND NOT confidential;
