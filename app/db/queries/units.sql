-- name: unit_list
SELECT u.id, u.name, u.tier, u.parent, u.remit, u.keywords, u.note, u.filled_by,
       u.filled_by_phone, u.active,
       coalesce((SELECT jsonb_agg(jsonb_build_object('post', c.post, 'name', c.name, 'title', c.title,
                                                     'phone', c.phone, 'mobile', c.mobile, 'fax', c.fax,
                                                     'hours', c.hours) ORDER BY array_position(ARRAY['A', 'B', 'leader', 'duty'], c.post))
                 FROM unit_contacts c WHERE c.unit_id = u.id AND c.valid_to IS NULL), '[]') AS contacts
FROM units u
WHERE ($1::text[] IS NULL OR u.id = ANY ($1))
ORDER BY u.tier, u.name;

-- name: unit_search
SELECT u.id
FROM units u
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE position(lower(k) IN lower($1)) > 0) AS hits FROM unnest(u.keywords) AS k
) AS matched
WHERE u.active
  AND (matched.hits > 0 OR position(lower($1) IN lower(concat_ws(' ', u.name, u.remit, u.keywords::text))) > 0)
ORDER BY matched.hits DESC, u.tier, u.name
LIMIT $2;

-- name: unit_on_duty
-- Everything that decides who is dialled now, in one round trip: no row at all means no such unit.
SELECT u.id AS unit_id, u.name AS unit_name, c.post, c.name, c.title, c.phone, c.mobile, c.fax, c.hours, NULL::date AS day, NULL AS shift,
       NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at
FROM units u LEFT JOIN unit_contacts c ON c.unit_id = u.id AND c.valid_to IS NULL
WHERE u.id = $1 AND u.active
UNION ALL
SELECT r.unit_id, NULL, r.post, r.name, '', r.phone, '', '', '', r.day, r.shift, r.starts_at, r.ends_at
FROM duty_roster r
JOIN units u ON u.id = r.unit_id AND u.active
WHERE r.unit_id = $1 AND r.ends_at > $2 AND r.starts_at <= $2;

-- name: unit_phone_numbers
SELECT DISTINCT number
FROM (SELECT unnest(ARRAY[c.phone::text, c.mobile::text]) AS number
      FROM unit_contacts c JOIN units u ON u.id = c.unit_id AND u.active
      WHERE c.valid_to IS NULL
      UNION ALL
      SELECT r.phone::text FROM duty_roster r JOIN units u ON u.id = r.unit_id AND u.active
      WHERE r.ends_at > $1) AS numbers
WHERE number <> '';

-- name: unit_by_phone
SELECT u.id
FROM units u
WHERE u.active
  AND (EXISTS (SELECT FROM unit_contacts c WHERE c.unit_id = u.id AND c.valid_to IS NULL AND $1 IN (c.phone, c.mobile))
       OR EXISTS (SELECT FROM duty_roster r WHERE r.unit_id = u.id AND r.phone = $1 AND r.starts_at <= $2 AND r.ends_at > $2))
ORDER BY u.tier, u.name
LIMIT 1;

-- name: unit_lock
LOCK TABLE units, unit_contacts IN SHARE ROW EXCLUSIVE MODE;

-- name: unit_save
INSERT INTO units (id, name, tier, parent, remit, keywords, note, filled_by, filled_by_phone, active)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, tier = excluded.tier, parent = excluded.parent, remit = excluded.remit,
    keywords = excluded.keywords, note = excluded.note, filled_by = excluded.filled_by, filled_by_phone = excluded.filled_by_phone,
    active = excluded.active, updated_at = now();

-- name: unit_contact_close
UPDATE unit_contacts SET valid_to = $3 WHERE unit_id = $1 AND post = $2 AND valid_to IS NULL;

-- name: unit_contact_open
INSERT INTO unit_contacts (unit_id, post, name, title, phone, mobile, fax, hours, valid_from, happened_on, late,
                           entered_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: unit_contact_history
SELECT post, name, title, phone, mobile, fax, hours, valid_from, valid_to, happened_on, late, entered_by
FROM unit_contacts WHERE unit_id = $1 ORDER BY valid_from DESC, post;

-- name: unit_late_changes
SELECT unit_id, post, happened_on, valid_from AS told_at
FROM unit_contacts WHERE late AND valid_from >= $1 AND valid_from < $2 ORDER BY valid_from, unit_id, post;

-- name: duty_roster_save
INSERT INTO duty_roster (unit_id, day, shift, post, starts_at, ends_at, name, phone)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (unit_id, day, shift, post) DO UPDATE
SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, name = excluded.name, phone = excluded.phone;

-- name: duty_roster_list
SELECT unit_id, day, shift, post, starts_at, ends_at, name, phone
FROM duty_roster
WHERE ($1::text IS NULL OR unit_id = $1) AND ends_at > $2 AND starts_at < $3
ORDER BY day, unit_id, starts_at, post;

-- name: duty_roster_clear
DELETE FROM duty_roster r USING unnest($1::text[], $2::date[]) AS named (unit_id, day)
WHERE r.unit_id = named.unit_id AND r.day = named.day;

-- name: unit_set_active
UPDATE units SET active = $2, updated_at = now() WHERE id = $1 RETURNING id;

-- name: units_on_duty
-- The same of every unit in service at $1.
SELECT u.id AS unit_id, u.name AS unit_name, c.post, c.name, c.title, c.phone, c.mobile, c.fax, c.hours,
       NULL::date AS day, NULL AS shift, NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at
FROM units u LEFT JOIN unit_contacts c ON c.unit_id = u.id AND c.valid_to IS NULL
WHERE u.active
UNION ALL
SELECT r.unit_id, NULL, r.post, r.name, '', r.phone, '', '', '', r.day, r.shift, r.starts_at, r.ends_at
FROM duty_roster r JOIN units u ON u.id = r.unit_id AND u.active
WHERE r.ends_at > $1 AND r.starts_at <= $1
ORDER BY unit_id;

-- name: units_lately
-- How often each unit was rung since $1, and how often somebody accepted; what the centre gave up counts as neither.
SELECT unit_id, count(*) AS rung, count(*) FILTER (WHERE outcome = 'accepted') AS answered
FROM unit_attempts
WHERE started_at >= $1 AND kind = 'unit' AND outcome IS DISTINCT FROM 'cancelled'
GROUP BY unit_id;

-- name: unit_rings
-- The rings of a unit's duty telephones before $2, latest first.
SELECT call_id, post, mode, started_at, answered_at, ended_at, outcome
FROM unit_attempts
WHERE unit_id = $1 AND kind = 'unit' AND started_at < $2
ORDER BY started_at DESC, attempt_id
LIMIT $3;
