-- Work lists: narrow rows for what is open, kept up by the tickets themselves, so that any page of any list and all
-- counts cost a few index entries however many tickets there are. `scope` is whose list it is: `centre`, `unit:<id>`,
-- `owner:<user>`. Of a confidential ticket the centre's rows are a stub's, as everywhere; of units only the discipline
-- unit has one. No role but the owner of the tables may read them.

ALTER TABLE tickets ADD COLUMN owner text NOT NULL DEFAULT '';
COMMENT ON COLUMN tickets.owner IS 'The account of who took the matter down: that of the call''s operator, or who wrote it without a call.';

CREATE FUNCTION own_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.owner := coalesce((SELECT name FROM users WHERE operator_id = NEW.operator_id), '');
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_own BEFORE INSERT ON tickets
    FOR EACH ROW WHEN (NEW.owner = '' AND NEW.operator_id <> '') EXECUTE FUNCTION own_ticket();

CREATE TABLE ticket_lists (
    scope           text NOT NULL,
    list            text NOT NULL,
    received_at     timestamptz NOT NULL,
    number          text NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    due_at          timestamptz NOT NULL,
    PRIMARY KEY (scope, list, received_at, number)
);
COMMENT ON COLUMN ticket_lists.due_at IS 'The ticket''s limit, of a unit''s row that unit''s own; infinity where there is none.';
CREATE INDEX ticket_lists_due ON ticket_lists (scope, list, due_at, number);
CREATE INDEX ticket_lists_number ON ticket_lists (number);

CREATE FUNCTION lists_of(t tickets) RETURNS SETOF ticket_lists LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH parts AS (
        SELECT part ->> 'unit' AS unit, part ->> 'status' AS status,
               part ->> 'status' IN ('dispatched', 'accepted', 'return_requested') AS working,
               coalesce(part -> 'extension', 'null') <> 'null' AS asks,
               jsonb_array_length(coalesce(part -> 'supervisions', '[]')) > 0 AS watched,
               coalesce((part ->> 'report_by')::timestamptz, 'infinity') AS due_at
        FROM jsonb_array_elements(coalesce(t.state -> 'assignments', '[]')) AS parts (part)
        WHERE part ->> 'status' NOT IN ('returned', 'replaced')
    ), named (scope, list, due_at) AS (
        SELECT 'centre', l.list, coalesce(t.due_at, 'infinity')
        FROM unnest(ARRAY[
            'open',
            CASE WHEN t.status IN ('received', 'returned') THEN 'to-dispatch' END,
            CASE WHEN t.status IN ('return_requested', 'returned') THEN 'returned' END,
            CASE WHEN EXISTS (SELECT FROM parts WHERE asks) THEN 'extensions' END,
            CASE WHEN t.status IN ('reported', 'unreachable') THEN 'to-follow-up' END,
            CASE WHEN t.status IN ('answered', 'satisfied', 'dissatisfied') THEN 'to-close' END,
            CASE WHEN EXISTS (SELECT FROM parts WHERE watched AND working) THEN 'supervised' END
        ]) AS l (list)
        UNION ALL
        SELECT 'owner:' || t.owner, 'open', coalesce(t.due_at, 'infinity') WHERE t.owner <> ''
        UNION ALL
        SELECT 'unit:' || p.unit, l.list, p.due_at
        FROM parts p,
             unnest(ARRAY[
                 CASE WHEN p.working THEN 'open' END,
                 CASE WHEN p.status = 'dispatched' THEN 'to-accept' END,
                 CASE WHEN p.status = 'return_requested' THEN 'returned' END,
                 CASE WHEN p.asks THEN 'extensions' END,
                 CASE WHEN p.watched AND p.working THEN 'supervised' END
             ]) AS l (list)
        WHERE NOT t.confidential OR p.unit = t.discipline_unit
    )
    SELECT DISTINCT n.scope, n.list, t.received_at, t.number, n.due_at
    FROM named n
    WHERE n.list IS NOT NULL
      AND t.status NOT IN ('closed', 'provisionally_closed', 'referred', 'archived', 'merged');
END;

CREATE FUNCTION keep_lists() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ticket_lists WHERE number = NEW.number;
    INSERT INTO ticket_lists SELECT * FROM lists_of(NEW) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_keep_lists
    AFTER INSERT OR UPDATE OF status, owner, confidential, discipline_unit, due_at, received_at, state ON tickets
    FOR EACH ROW EXECUTE FUNCTION keep_lists();

INSERT INTO ticket_lists
SELECT l.* FROM tickets t, lists_of(t) l
WHERE t.status NOT IN ('closed', 'provisionally_closed', 'referred', 'archived', 'merged');
