-- Finding calls: by what was said, by how long they took, page by page; what somebody marked in them; and the peaks of
-- their recordings, computed once.

CREATE INDEX calls_page ON calls (started_at DESC, id DESC);
CREATE INDEX call_parties_operator ON call_parties (name, call_id) WHERE role = 'operator';

-- As `bigrams` for the content of tickets, over all that was said, turn by turn; of the longest calls the beginning.
CREATE FUNCTION said_bigrams(turns jsonb) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 4000 AS $$
BEGIN
    RETURN coalesce((
        SELECT array_to_tsvector(array_agg(DISTINCT one || coalesce(next, '')))
        FROM (SELECT lower(left(turn ->> 'text', 4000)) AS said
              FROM jsonb_array_elements(turns) WITH ORDINALITY AS t (turn, n) WHERE n <= 4000) AS lowered,
             unnest(string_to_array(said, NULL), string_to_array(substr(said, 2), NULL)) AS pairs (one, next)
        WHERE one IS NOT NULL), '');
END $$;
CREATE INDEX transcripts_said ON transcripts USING gin (said_bigrams(turns)) WITH (fastupdate = off);

CREATE TABLE call_bookmarks (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id         text NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    at_seconds      double precision NOT NULL CHECK (at_seconds >= 0),
    note            text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    user_name       text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN call_bookmarks.at_seconds IS 'From the first bridging, as in transcripts.';
CREATE INDEX call_bookmarks_call ON call_bookmarks (call_id, at_seconds);

CREATE TABLE recording_peaks (
    recording_id    bigint PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    peaks           smallint[] NOT NULL
);
COMMENT ON COLUMN recording_peaks.peaks IS 'The loudest sample of each tenth of a second, in hundredths of full scale.';
