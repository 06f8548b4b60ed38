-- Recordings of prompts that were put in force in the desk: every one that ever was, and which is. A prompt of which
-- none is has the city's file, or the sound that ships.

CREATE TABLE prompt_sounds (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL CHECK (name ~ '^[a-z]{2,3}(-[A-Z]{2})?/[a-z][a-z0-9-]{0,63}$'),
    -- As telephones have it: WAV, 8 kHz, 16 bit, mono.
    sound           bytea NOT NULL CHECK (octet_length(sound) BETWEEN 44 AND 4000000),
    seconds         real NOT NULL CHECK (seconds > 0),
    made_by         text NOT NULL,
    made_at         timestamptz NOT NULL,
    UNIQUE (name, id)
);
CREATE TRIGGER prompt_sounds_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON prompt_sounds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE prompts_in_force (
    name            text PRIMARY KEY,
    sound_id        bigint,
    changed_by      text NOT NULL,
    changed_at      timestamptz NOT NULL,
    FOREIGN KEY (name, sound_id) REFERENCES prompt_sounds (name, id)
);
COMMENT ON COLUMN prompts_in_force.sound_id IS 'Null: the file again, after a recording was taken back.';
