-- What reports count, in narrow rows kept up by the tickets themselves, and the index for searching in the content.
--
-- Reports over years read these tables and never `tickets`, whose rows are wide. Confidential tickets have no row
-- here: a report cannot break down what it does not see. No role but the owner may read them.

CREATE TABLE ticket_figures (
    number          text PRIMARY KEY REFERENCES tickets (number) ON DELETE CASCADE,
    received_at     timestamptz NOT NULL,
    category        text NOT NULL,
    status          text NOT NULL,
    answered        text,
    satisfaction    text,
    repeated        boolean NOT NULL,
    resolve_by      timestamptz
);
COMMENT ON COLUMN ticket_figures.answered IS 'How it was answered on the spot: direct, three_way, transfer.';
COMMENT ON COLUMN ticket_figures.resolve_by IS 'The last report limit of its lead units, else the limit it is under now.';

CREATE TABLE ticket_assignments (
    number          text NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    n               smallint NOT NULL,
    unit_id         text NOT NULL,
    received_at     timestamptz NOT NULL,
    category        text NOT NULL,
    lead            boolean NOT NULL,
    counts          boolean NOT NULL,
    returned        boolean NOT NULL,
    repeated        boolean NOT NULL,
    status          text NOT NULL,
    satisfaction    text,
    inform_by       timestamptz,
    informed_at     timestamptz,
    report_by       timestamptz,
    reported_at     timestamptz,
    extended        boolean NOT NULL,
    redos           smallint NOT NULL,
    urges           smallint NOT NULL,
    supervisions    smallint NOT NULL,
    PRIMARY KEY (number, n)
);
COMMENT ON TABLE ticket_assignments IS 'Every part a unit ever had of a ticket, in the order of dispatching.';
COMMENT ON COLUMN ticket_assignments.counts IS
    'Not returned, not replaced by a later dispatch, and not an assisting part left open when every lead has reported.';
COMMENT ON COLUMN ticket_assignments.status IS 'The ticket''s.';
COMMENT ON COLUMN ticket_assignments.satisfaction IS 'What the caller said of the ticket; kept for its lead units only.';

CREATE FUNCTION repeated(t tickets) RETURNS boolean LANGUAGE sql STABLE
RETURN t.status = 'merged' OR coalesce((t.state -> 'matter' ->> 'repeats')::numeric > 0, false);

CREATE FUNCTION figures_of(t tickets) RETURNS SETOF ticket_figures LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT t.number, t.received_at, t.category, t.status, t.state -> 'answer' ->> 'how', t.satisfaction,
           repeated(t),
           coalesce(
               (SELECT max((part ->> 'report_by')::timestamptz)
                FROM jsonb_array_elements(t.state -> 'assignments') part
                WHERE part ->> 'part' = 'lead' AND part ->> 'status' NOT IN ('returned', 'replaced')),
               t.due_at)
    WHERE NOT t.confidential;
END;

CREATE FUNCTION assignments_of(t tickets) RETURNS SETOF ticket_assignments LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT t.number, n, part ->> 'unit', t.received_at, t.category, lead,
           active AND NOT (working AND NOT lead AND leads > 0 AND leads_working = 0),
           part ->> 'status' = 'returned',
           repeated(t), t.status,
           CASE WHEN lead THEN t.satisfaction END,
           (part ->> 'inform_by')::timestamptz, (part ->> 'informed_at')::timestamptz,
           (part ->> 'report_by')::timestamptz, (part ->> 'reported_at')::timestamptz,
           part ->> 'report_by' IS DISTINCT FROM part ->> 'first_report_by',
           (part ->> 'redos')::smallint, jsonb_array_length(part -> 'urges'),
           jsonb_array_length(part -> 'supervisions')
    FROM (
        SELECT n, part, lead, active, working,
               count(*) FILTER (WHERE lead AND active) OVER () AS leads,
               count(*) FILTER (WHERE lead AND working) OVER () AS leads_working
        FROM (
            SELECT n, part, part ->> 'part' = 'lead' AS lead,
                   part ->> 'status' NOT IN ('returned', 'replaced') AS active,
                   part ->> 'status' IN ('dispatched', 'accepted', 'return_requested') AS working
            FROM jsonb_array_elements(t.state -> 'assignments') WITH ORDINALITY AS parts (part, n)
        ) AS known
    ) AS placed
    WHERE NOT t.confidential;
END;

CREATE FUNCTION keep_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ticket_figures WHERE number = NEW.number;
    DELETE FROM ticket_assignments WHERE number = NEW.number;
    INSERT INTO ticket_figures SELECT * FROM figures_of(NEW);
    INSERT INTO ticket_assignments SELECT * FROM assignments_of(NEW);
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_keep_figures
    AFTER INSERT OR UPDATE OF status, category, satisfaction, confidential, due_at, state ON tickets
    FOR EACH ROW EXECUTE FUNCTION keep_figures();

INSERT INTO ticket_figures SELECT f.* FROM tickets t, figures_of(t) f;
INSERT INTO ticket_assignments SELECT a.* FROM tickets t, assignments_of(t) a;

CREATE INDEX ticket_figures_received ON ticket_figures (received_at);
CREATE INDEX ticket_assignments_received ON ticket_assignments (received_at);
CREATE INDEX ticket_assignments_unit ON ticket_assignments (unit_id, received_at);
CREATE INDEX tickets_late ON tickets (received_at DESC, number DESC) WHERE late <> '{}';
CREATE INDEX tickets_open ON tickets (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tickets_confidential ON tickets (received_at) WHERE confidential;
CREATE INDEX calls_confidential ON calls (id) WHERE confidential;
CREATE INDEX calls_answering ON calls (started_at) INCLUDE (answered_at, ended_at, outcome, missed_reason, called_back_at);
CREATE INDEX unit_attempts_started ON unit_attempts (started_at);

-- A unit's tickets in the order of lists: an index over the array `unit_ids` has none, and must read them all.
CREATE TABLE ticket_units (
    unit_id         text NOT NULL,
    received_at     timestamptz NOT NULL,
    number          text NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    PRIMARY KEY (unit_id, received_at, number)
);

CREATE FUNCTION keep_units() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM ticket_units
        WHERE unit_id = ANY (OLD.unit_ids) AND received_at = OLD.received_at AND number = OLD.number;
    END IF;
    INSERT INTO ticket_units SELECT DISTINCT unit_id, NEW.received_at, NEW.number FROM unnest(NEW.unit_ids) AS unit_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_keep_units AFTER INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION keep_units();
CREATE TRIGGER tickets_change_units AFTER UPDATE ON tickets
    FOR EACH ROW WHEN (NEW.unit_ids <> OLD.unit_ids OR NEW.received_at <> OLD.received_at) EXECUTE FUNCTION keep_units();
INSERT INTO ticket_units SELECT DISTINCT unit_id, received_at, number FROM tickets, unnest(unit_ids) AS unit_id;

-- The engine's own record is for one ticket at a time: kept aside, it does not have to be read past in every list.
ALTER TABLE tickets SET (toast_tuple_target = 600);

-- Chinese has no spaces between words: what is searched for is found by all its pairs of neighbouring characters.
-- The last character stands alone, so that every character begins a lexeme and one character can be found by prefix.
CREATE FUNCTION bigrams(content text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 2000 AS $$
DECLARE
    lowered text := lower(left(content, 4000));
BEGIN
    RETURN array_to_tsvector((
        SELECT array_agg(one || coalesce(next, ''))
        FROM unnest(string_to_array(lowered, NULL), string_to_array(substr(lowered, 2), NULL)) AS pairs (one, next)));
END $$;
COMMENT ON FUNCTION bigrams IS 'Of the first 4000 characters: a tsvector holds no more than 1 MB.';

CREATE FUNCTION bigram_query(wanted text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg(
        DISTINCT '''' || replace(replace(substr(lowered, i, 2), '\', '\\'), '''', '''''') || ''''
        || CASE WHEN length(lowered) = 1 THEN ':*' ELSE '' END, ' & ')::tsquery
    FROM (SELECT lower(left(wanted, 200)) AS lowered) AS short,
         generate_series(1, greatest(length(lowered) - 1, 1)) AS i;
END;

-- fastupdate off: a search never has to read through a list of pending entries. Not partial: the planner takes how
-- frequent a pair is from whole indexes only.
CREATE INDEX tickets_bigrams ON tickets USING gin (bigrams(content)) WITH (fastupdate = off);
