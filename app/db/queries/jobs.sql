-- name: claim_job_key
-- The wait until $2 (null: none) by the database's clock; no row where the key was used before.
INSERT INTO job_keys (key) VALUES ($1) ON CONFLICT (key) DO NOTHING
RETURNING coalesce(greatest($2::timestamptz - now(), interval '0'), interval '0') AS delay;

-- name: job_delay
SELECT greatest($1::timestamptz - now(), interval '0');

-- name: job_runs
-- How often a job has been taken up since it was enqueued, or since a person put it back after it had failed;
-- being handed back by a worker that stops ($2) does not count.
SELECT count(*) FILTER (WHERE status = 'picked')
     - count(*) FILTER (WHERE status = 'queued' AND traceback ->> 'exception_message' = $2)
FROM pgqueuer_log
WHERE job_id = $1
  AND id > coalesce((SELECT max(id) FROM pgqueuer_log WHERE job_id = $1 AND status = 'failed'), 0);

-- name: failed_jobs
SELECT j.id, j.entrypoint, j.payload, j.created, j.updated AS failed_at, l.traceback ->> 'exception_type' AS error_type,
       l.traceback ->> 'exception_message' AS error
FROM pgqueuer j
LEFT JOIN LATERAL (
    SELECT traceback FROM pgqueuer_log WHERE job_id = j.id AND status = 'failed' ORDER BY id DESC LIMIT 1
) l ON true
WHERE j.status = 'failed'
ORDER BY j.updated DESC
LIMIT $1;

-- name: prune_job_log
DELETE FROM pgqueuer_log l
WHERE created < now() - $1::interval AND NOT EXISTS (SELECT FROM pgqueuer j WHERE j.id = l.job_id);

-- name: prune_job_statistics
DELETE FROM pgqueuer_statistics WHERE created < now() - $1::interval;

-- name: prune_job_keys
DELETE FROM job_keys WHERE enqueued_at < now() - $1::interval;

-- name: jobs_have_tables
SELECT to_regclass('pgqueuer') IS NOT NULL;
