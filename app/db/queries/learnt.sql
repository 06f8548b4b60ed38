-- name: closed_matters
-- What closed tickets were about, who dealt with them first, and what they were; secrets are nobody's lesson.
SELECT number, content, unit_ids[1] AS unit, category FROM tickets
WHERE closed_at IS NOT NULL AND NOT confidential AND status NOT IN ('merged', 'referred') AND length(content) >= 4
ORDER BY received_at DESC LIMIT $1;

-- name: put_classifier
INSERT INTO classifiers (kind, made_at, examples, held_out, right_before, right_now, in_force, model)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING id;

-- name: classifier_in_force
SELECT model FROM classifiers WHERE kind = $1 AND in_force ORDER BY id DESC LIMIT 1;
