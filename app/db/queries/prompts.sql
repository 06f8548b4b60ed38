-- name: prompt_sound_add
INSERT INTO prompt_sounds (name, sound, seconds, made_by, made_at) VALUES ($1, $2, $3, $4, $5) RETURNING id;

-- name: prompt_sound_exists
SELECT EXISTS (SELECT FROM prompt_sounds WHERE name = $1 AND id = $2);

-- name: prompt_sounds
SELECT s.id, s.seconds, s.made_by, s.made_at, f.sound_id IS NOT NULL AS in_force
FROM prompt_sounds s LEFT JOIN prompts_in_force f ON f.name = s.name AND f.sound_id = s.id
WHERE s.name = $1 ORDER BY s.id DESC LIMIT 100;

-- name: prompt_sound
SELECT sound FROM prompt_sounds WHERE name = $1 AND id = $2;

-- name: prompt_put_in_force
INSERT INTO prompts_in_force (name, sound_id, changed_by, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE
SET sound_id = excluded.sound_id, changed_by = excluded.changed_by, changed_at = excluded.changed_at;

-- name: prompts_in_force
SELECT f.name, s.sound FROM prompts_in_force f JOIN prompt_sounds s ON s.id = f.sound_id ORDER BY f.name;
