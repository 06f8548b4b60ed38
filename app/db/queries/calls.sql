-- name: ensure_calls
INSERT INTO calls (id, node, caller, caller_name, dialled, started_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
ON CONFLICT (id) DO NOTHING;

-- name: begin_outgoing
-- A call that goes out, before anything is dialled.
INSERT INTO calls (id, node, caller, started_at, direction, reason, asked_by, whom, about_ticket, about_call, asked_unit,
                   wanted_call, confidential)
VALUES ($1, $2, $3, $4, 'out', $5, $6, $7, $8, $9, $10, $11,
        coalesce((SELECT confidential FROM tickets WHERE number = $8), false));

-- name: name_request
-- Nothing where a request has this name already.
INSERT INTO outgoing_requests (asked_by, key, call_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING call_id;

-- name: calls_about_ticket
-- Of $2, a unit, only those that its officers asked for. `said`: the beginning of what was said.
SELECT c.id, c.started_at, c.answered_at, c.ended_at, c.reason, c.reached, c.sip_code, c.asked_by, c.asked_unit,
    (SELECT left(string_agg(turn ->> 'text', '' ORDER BY n), 600)
     FROM transcripts s, jsonb_array_elements(s.turns) WITH ORDINALITY AS turns (turn, n) WHERE s.call_id = c.id) AS said
FROM calls c
WHERE c.about_ticket = $1 AND ($2::text IS NULL OR c.asked_unit = $2)
ORDER BY c.started_at;

-- name: outgoing_by_key
SELECT c.id, c.reason, c.about_ticket, c.about_call
FROM outgoing_requests r JOIN calls c ON c.id = r.call_id WHERE r.asked_by = $1 AND r.key = $2;

-- name: call_to_return
-- Whom a missed call, or any other, came from.
SELECT c.caller, c.confidential, t.number AS ticket, coalesce(t.anonymous, false) AS anonymous
FROM calls c LEFT JOIN tickets t ON t.number = coalesce((SELECT o.number FROM tickets o WHERE o.call_id = c.id), c.about_ticket) WHERE c.id = $1;

-- name: insert_events
INSERT INTO call_events (call_id, key, kind, at, source, data)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::jsonb[])
ON CONFLICT (call_id, key) DO NOTHING
RETURNING seq, call_id, key;

-- name: identify_caller
UPDATE calls
SET caller = CASE WHEN $3 THEN '' ELSE coalesce(nullif($2, ''), caller) END,
    caller_name = CASE WHEN $3 THEN '' ELSE coalesce(nullif($4, ''), caller_name) END
WHERE id = $1;

-- name: call_events
SELECT seq, call_id, key, kind, at, source, data FROM call_events WHERE call_id = $1 ORDER BY at, seq;

-- name: lock_call
-- A call's events, each with the outcome of the call; one row of nulls beside it where there is no event.
SELECT c.outcome, c.reason, c.about_ticket, c.about_call, e.call_id, e.kind, e.at, e.source, e.data
FROM calls c LEFT JOIN call_events e ON e.call_id = c.id
WHERE c.id = $1
ORDER BY e.at, e.seq
FOR UPDATE OF c;

-- name: finish_call
UPDATE calls
SET answered_at = $2, ended_at = $3, outcome = $4, missed_reason = $5, category = $6, keys = $7, satisfaction = $8,
    queued_at = $9, message_at = $10, callback_at = $11, language = $12, reached = $13, sip_code = $14
WHERE id = $1;

-- name: forget_message
-- Nothing was said after the tone.
UPDATE calls SET message_at = NULL WHERE id = $1;

-- name: insert_parties
INSERT INTO call_parties (call_id, party_id, role, name, joined_at, left_at)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
ON CONFLICT (call_id, party_id) DO NOTHING;

-- name: insert_attempt
INSERT INTO unit_attempts
    (attempt_id, call_id, unit_id, unit_name, post, mode, started_at, answered_at, ended_at, outcome, trunk, sip_code,
     kind)
VALUES ($1, $2, $3, coalesce(nullif($4, ''), (SELECT name FROM units WHERE id = $3), ''), $5, $6, $7, $8, $9, $10,
        $11, $12, $13)
ON CONFLICT (attempt_id) DO NOTHING;

-- name: ticket_of_call
SELECT number, category, status, due_at, created_at FROM tickets WHERE call_id = $1;

-- name: get_call
SELECT * FROM calls WHERE id = $1;

-- name: list_calls
SELECT c.*, t.number AS ticket_number, coalesce(t.anonymous, false) AS anonymous
FROM calls c LEFT JOIN tickets t ON t.number = coalesce((SELECT o.number FROM tickets o WHERE o.call_id = c.id), c.about_ticket)
WHERE ($1::timestamptz IS NULL OR c.started_at < $1)
ORDER BY c.started_at DESC
LIMIT $2;

-- name: missed_calls
-- Callbacks in the order in which the callers began to wait, which is their place; messages, the oldest first; then the
-- others, latest first.
SELECT c.*, coalesce(c.queued_at, c.started_at) AS waiting_since, o.place,
    ARRAY(SELECT r.id FROM recordings r
          WHERE r.call_id = c.id AND r.kind = 'message' AND r.deleted_at IS NULL ORDER BY r.id) AS messages
FROM (
    SELECT id, 1 AS rank, row_number() OVER (ORDER BY coalesce(queued_at, started_at), id) AS place FROM calls
    WHERE outcome = 'missed' AND called_back_at IS NULL AND callback_at IS NOT NULL
    UNION ALL
    SELECT id, 2, NULL FROM calls
    WHERE outcome = 'missed' AND called_back_at IS NULL AND callback_at IS NULL AND message_at IS NOT NULL
    UNION ALL
    (SELECT id, 3, NULL FROM calls
     WHERE outcome = 'missed' AND called_back_at IS NULL AND callback_at IS NULL AND message_at IS NULL
     ORDER BY ended_at DESC LIMIT $1)
) AS o JOIN calls c ON c.id = o.id
ORDER BY o.rank, o.place, CASE WHEN o.rank = 2 THEN c.message_at END, c.ended_at DESC
LIMIT $1;

-- name: lock_missed_call
SELECT outcome, called_back_at FROM calls WHERE id = $1 FOR UPDATE;

-- name: mark_called_back
WITH marked AS (
    UPDATE calls SET called_back_at = $2 WHERE id = $1 AND outcome = 'missed' AND called_back_at IS NULL RETURNING id
)
SELECT pg_notify('hotline_live', 'called-back ' || id) FROM marked;

-- name: call_parties
SELECT party_id, role, name, joined_at, left_at FROM call_parties WHERE call_id = $1 ORDER BY joined_at, party_id;

-- name: call_attempts
SELECT * FROM unit_attempts WHERE call_id = $1 ORDER BY started_at, attempt_id;

-- name: insert_recording
INSERT INTO recordings (call_id, kind, role, name, path, seconds, sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (call_id, name) DO UPDATE
SET path = EXCLUDED.path, seconds = EXCLUDED.seconds, sha256 = EXCLUDED.sha256
RETURNING id;

-- name: call_recordings
SELECT id, kind, role, name, path, seconds, sha256, created_at
FROM recordings WHERE call_id = $1 AND deleted_at IS NULL
ORDER BY kind DESC, name;

-- name: get_recording
SELECT r.*, c.confidential FROM recordings r JOIN calls c ON c.id = r.call_id WHERE r.id = $1 AND r.deleted_at IS NULL;

-- name: put_transcript
INSERT INTO transcripts (call_id, turns, model) VALUES ($1, $2, $3)
ON CONFLICT (call_id) DO UPDATE SET turns = EXCLUDED.turns, model = EXCLUDED.model;

-- name: get_transcript
SELECT turns, model, created_at FROM transcripts WHERE call_id = $1;

-- name: forgotten_recordings
-- Conversations and messages of calls that ended before $1 and have neither a recording nor a job that will build it.
SELECT c.id, c.node FROM calls c
WHERE (c.outcome = 'conversation' OR c.message_at IS NOT NULL) AND c.ended_at < $1
  AND NOT EXISTS (SELECT FROM recordings r WHERE r.call_id = c.id)
  AND NOT EXISTS (
      SELECT FROM pgqueuer j
      WHERE j.entrypoint = 'build-recording' AND convert_from(j.payload, 'UTF8')::jsonb ->> 'call_id' = c.id
  )
ORDER BY c.ended_at DESC LIMIT $2;

-- name: missed_without_message
-- Which of these calls ended before $2 without anybody having said anything that is kept.
SELECT id FROM calls WHERE id = ANY ($1::text[]) AND outcome = 'missed' AND message_at IS NULL AND ended_at < $2;

-- name: oldest_recorded_calls
SELECT id, category, ended_at FROM calls
WHERE id IN (SELECT call_id FROM recordings WHERE deleted_at IS NULL ORDER BY created_at LIMIT $1)
  AND ended_at IS NOT NULL;

-- name: lock_recordings
SELECT path FROM recordings WHERE call_id = $1 AND deleted_at IS NULL FOR UPDATE;

-- name: mark_recordings_deleted
UPDATE recordings SET deleted_at = $2 WHERE call_id = $1 AND deleted_at IS NULL;

-- name: recordings_of_calls_since
SELECT r.path FROM recordings r JOIN calls c ON c.id = r.call_id
WHERE r.deleted_at IS NULL AND c.started_at >= $1;

-- name: journal_position
SELECT inode, position, answered_at FROM journal_positions WHERE node = $1;

-- name: set_journal_position
INSERT INTO journal_positions (node, inode, position, answered_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (node) DO UPDATE
SET inode = EXCLUDED.inode, position = EXCLUDED.position, answered_at = EXCLUDED.answered_at;

-- name: calls_without_end
SELECT c.id FROM calls c
WHERE c.node = $1 AND c.ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM call_events e WHERE e.call_id = c.id AND e.kind = 'ended');

-- name: unfinished_calls
SELECT c.id FROM calls c JOIN call_events e ON e.call_id = c.id AND e.kind = 'ended'
WHERE c.ended_at IS NULL;

-- name: finished_calls
SELECT id FROM calls WHERE id = ANY ($1::text[]) AND ended_at IS NOT NULL;

-- name: call_rights
-- Of the units that were rung only those that joined: who declined or never answered was not part of the call.
SELECT c.confidential, t.discipline_unit, coalesce(t.anonymous, false) AS anonymous,
    ARRAY(SELECT DISTINCT unit_id FROM unit_attempts a
          WHERE a.call_id = c.id AND a.kind = 'unit' AND a.outcome = 'accepted')
        || coalesce(CASE WHEN t.call_id = c.id THEN t.unit_ids END, '{}')
        || array_remove(ARRAY[c.asked_unit], NULL) AS units,
    ARRAY(SELECT name FROM call_parties p WHERE p.call_id = c.id AND p.role = 'operator') AS operators
FROM calls c LEFT JOIN tickets t ON t.number = coalesce((SELECT o.number FROM tickets o WHERE o.call_id = c.id), c.about_ticket)
WHERE c.id = $1;

-- name: protected_calls
SELECT c.id, c.confidential FROM calls c LEFT JOIN tickets t ON t.number = coalesce((SELECT o.number FROM tickets o WHERE o.call_id = c.id), c.about_ticket)
WHERE c.id = ANY ($1::text[]) AND (c.confidential OR coalesce(t.anonymous, false));

-- name: unit_name
SELECT name FROM units WHERE id = $1;

-- name: ticket_for_caller
SELECT number, status FROM tickets
WHERE caller_phone = $1 AND NOT confidential AND ($2::text IS NULL OR number = $2)
ORDER BY received_at DESC
LIMIT 1;

-- name: bookmarks
SELECT id, call_id, at_seconds, note, user_name, created_at FROM call_bookmarks
WHERE call_id = $1 ORDER BY at_seconds, id;

-- name: bookmark_add
INSERT INTO call_bookmarks (call_id, at_seconds, note, user_name)
SELECT id, $2, $3, $4 FROM calls WHERE id = $1
RETURNING id, call_id, at_seconds, note, user_name, created_at;

-- name: bookmark_remove
DELETE FROM call_bookmarks WHERE call_id = $1 AND id = $2 AND ($3::text IS NULL OR user_name = $3) RETURNING id;

-- name: tracks_with_peaks
-- The tracks of a call, or the one track or message that is asked for.
SELECT r.id, r.role, r.name, r.path, p.peaks
FROM recordings r LEFT JOIN recording_peaks p ON p.recording_id = r.id
WHERE r.call_id = $1 AND r.deleted_at IS NULL
  AND CASE WHEN (SELECT kind FROM recordings WHERE id = $2) = 'mixed' THEN r.kind = 'track' ELSE r.id = $2 END
ORDER BY r.name;

-- name: keep_peaks
INSERT INTO recording_peaks (recording_id, peaks) VALUES ($1, $2) ON CONFLICT DO NOTHING;
