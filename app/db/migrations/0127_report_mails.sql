-- Reports that somebody has asked for by mail. What was sent when is told here; the mails themselves are not kept.

CREATE TABLE report_mails (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_name       text NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    report          text NOT NULL CHECK (report ~ '^[a-z][a-z0-9-]{0,39}$'),
    rhythm          text NOT NULL CHECK (rhythm IN ('day', 'week', 'month')),
    hour            smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    file            text NOT NULL CHECK (file IN ('xlsx', 'csv')),
    unit            text REFERENCES units (id),
    category        text,
    recipients      text[] NOT NULL CHECK (cardinality(recipients) BETWEEN 1 AND 20 AND NOT ARRAY[NULL]::text[] <@ recipients),
    created_at      timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    sent_at         timestamptz,
    last_error      text NOT NULL DEFAULT '' CHECK (length(last_error) <= 400)
);

CREATE INDEX report_mails_due ON report_mails (due_at);
CREATE INDEX report_mails_user ON report_mails (user_name);
