-- Job keys: work that must be asked for once only, however often the asking is repeated.

CREATE TABLE job_keys (
    key             text PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 300),
    enqueued_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE job_keys IS 'Outlives the job, so that a key asked for again after the job has ended makes no second one.';
CREATE INDEX job_keys_enqueued ON job_keys (enqueued_at);
