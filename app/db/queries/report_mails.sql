-- name: report_mail_add
INSERT INTO report_mails (user_name, report, rhythm, hour, file, unit, category, recipients, created_at, due_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
WHERE (SELECT count(*) FROM report_mails WHERE user_name = $1) < 50
RETURNING *;

-- name: report_mail_list
-- Of one person, or without a name of all.
SELECT * FROM report_mails WHERE $1::text IS NULL OR user_name = $1 ORDER BY id LIMIT 1000;

-- name: report_mail_get
SELECT * FROM report_mails WHERE id = $1;

-- name: report_mail_remove
DELETE FROM report_mails WHERE id = $1 AND ($2::text IS NULL OR user_name = $2) RETURNING id;

-- name: report_mail_due
SELECT id, rhythm, hour, due_at FROM report_mails WHERE due_at <= $1 ORDER BY due_at LIMIT 100 FOR UPDATE SKIP LOCKED;

-- name: report_mail_asked
UPDATE report_mails SET due_at = $2 WHERE id = $1;

-- name: report_mail_sender
-- Who asked for it, as long as the account is in use; their rights are looked at each time.
SELECT name, role, unit_id, operator_id FROM users WHERE name = $1 AND disabled_at IS NULL;

-- name: report_mail_sent
UPDATE report_mails SET sent_at = $2, last_error = $3 WHERE id = $1;

-- name: report_mail_failed
UPDATE report_mails SET last_error = $2 WHERE id = $1;
