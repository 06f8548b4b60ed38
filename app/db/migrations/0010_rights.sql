-- Who sees what, enforced by Postgres itself: a SQL user with a unit's role cannot pass it either.
--
-- Every unit has a database role of its own, hotline_unit_<unit id>: policies go by current_user, which a session
-- cannot choose, and not by a setting, which anybody may SET. The service owns the tables (so the policies do not
-- bind it) and takes the role of the person it reads for, with SET LOCAL ROLE.

-- Roles belong to the whole server: another database of ours may have made them, even at this moment.
CREATE FUNCTION make_role(role_name text, group_name text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    BEGIN
        IF group_name IS NOT NULL AND NOT pg_has_role(role_name, group_name, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', group_name, role_name);
        END IF;
        -- From PostgreSQL 16 on, whoever made a role administers it and still may not SET it.
        IF NOT pg_has_role(role_name, CASE WHEN current_setting('server_version_num')::integer >= 160000
                                           THEN 'SET' ELSE 'MEMBER' END) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
        END IF;
    EXCEPTION WHEN unique_violation THEN NULL;
    END;
END $$;
REVOKE EXECUTE ON FUNCTION make_role FROM PUBLIC;

SELECT make_role(name)
FROM unnest(ARRAY['hotline_unit', 'hotline_operator', 'hotline_back_office', 'hotline_supervisor',
                  'hotline_auditor', 'hotline_admin']) AS name;

CREATE FUNCTION make_unit_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM make_role('hotline_unit_' || NEW.id, 'hotline_unit');
    RETURN NULL;
END $$;
CREATE TRIGGER units_have_roles AFTER INSERT ON units FOR EACH ROW EXECUTE FUNCTION make_unit_role();
SELECT make_role('hotline_unit_' || id, 'hotline_unit') FROM units;

-- Inlined into the policies, where the planner sees whose tickets are wanted and takes the index for them.
CREATE FUNCTION own_unit() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN starts_with(current_user, 'hotline_unit_') THEN substr(current_user, length('hotline_unit_') + 1) END;

-- A caller who will not be named, or whose report is confidential: kept apart, granted to no role at all.
CREATE TABLE protected_callers (
    number          text PRIMARY KEY REFERENCES tickets (number) DEFERRABLE INITIALLY DEFERRED,
    phone           text NOT NULL DEFAULT '',
    name            text NOT NULL DEFAULT '',
    address         text NOT NULL DEFAULT ''
);

CREATE FUNCTION protect_caller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.caller_phone <> '' OR NEW.caller_name <> '' OR NEW.caller_address <> '' THEN
        INSERT INTO protected_callers AS known (number, phone, name, address)
        VALUES (NEW.number, NEW.caller_phone, NEW.caller_name, NEW.caller_address)
        ON CONFLICT (number) DO UPDATE
        SET phone = coalesce(nullif(excluded.phone, ''), known.phone),
            name = coalesce(nullif(excluded.name, ''), known.name),
            address = coalesce(nullif(excluded.address, ''), known.address);
        NEW.caller_phone := '';
        NEW.caller_name := '';
        NEW.caller_address := '';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_protect_caller BEFORE INSERT OR UPDATE ON tickets
    FOR EACH ROW WHEN (NEW.anonymous OR NEW.confidential) EXECUTE FUNCTION protect_caller();

-- A call is as confidential as its ticket.
CREATE FUNCTION mark_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE calls SET confidential = NEW.confidential
    WHERE id = NEW.call_id AND confidential <> NEW.confidential;
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_mark_new_call AFTER INSERT ON tickets
    FOR EACH ROW WHEN (NEW.confidential) EXECUTE FUNCTION mark_call();
CREATE TRIGGER tickets_mark_call AFTER UPDATE OF confidential ON tickets
    FOR EACH ROW WHEN (NEW.confidential <> OLD.confidential) EXECUTE FUNCTION mark_call();

ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_parties ENABLE ROW LEVEL SECURITY;
ALTER TABLE unit_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE recordings ENABLE ROW LEVEL SECURITY;
ALTER TABLE transcripts ENABLE ROW LEVEL SECURITY;
ALTER TABLE unit_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE duty_roster ENABLE ROW LEVEL SECURITY;

CREATE INDEX tickets_discipline ON tickets (discipline_unit) WHERE confidential;

CREATE POLICY units_see_their_own ON tickets FOR SELECT TO hotline_unit
    USING (unit_ids @> ARRAY[own_unit()] AND NOT confidential);
CREATE POLICY discipline_sees_its_reports ON tickets FOR SELECT TO hotline_unit
    USING (confidential AND discipline_unit = own_unit());
CREATE POLICY staff_see_what_is_open ON tickets FOR SELECT
    TO hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor
    USING (NOT confidential);

-- What hangs on a ticket or a call is visible with it: the subqueries are themselves under the policies above.
CREATE POLICY with_its_ticket ON ticket_history FOR SELECT USING (
    EXISTS (SELECT FROM tickets t WHERE t.number = ticket_history.number));
CREATE POLICY to_the_unit ON ticket_notices FOR SELECT TO hotline_unit USING (
    recipient = own_unit() AND EXISTS (SELECT FROM tickets t WHERE t.number = ticket_notices.number));
CREATE POLICY with_its_ticket ON ticket_notices FOR SELECT
    TO hotline_operator, hotline_back_office, hotline_supervisor
    USING (EXISTS (SELECT FROM tickets t WHERE t.number = ticket_notices.number));
CREATE POLICY with_its_ticket ON calls FOR SELECT TO hotline_unit USING (
    EXISTS (SELECT FROM tickets t WHERE t.call_id = calls.id AND t.confidential = calls.confidential));
CREATE POLICY staff_see_what_is_open ON calls FOR SELECT
    TO hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor
    USING (NOT confidential);
CREATE POLICY with_its_call ON call_events FOR SELECT USING (
    EXISTS (SELECT FROM calls c WHERE c.id = call_events.call_id));
CREATE POLICY with_its_call ON call_parties FOR SELECT USING (
    EXISTS (SELECT FROM calls c WHERE c.id = call_parties.call_id));
CREATE POLICY with_its_call ON unit_attempts FOR SELECT USING (
    EXISTS (SELECT FROM calls c WHERE c.id = unit_attempts.call_id));

-- A voice, or a name said on the line, tells who the caller is: not for units when the caller will not be named.
CREATE POLICY named_callers ON recordings FOR SELECT TO hotline_unit USING (
    EXISTS (SELECT FROM calls c JOIN tickets t ON t.call_id = c.id
            WHERE c.id = recordings.call_id AND (t.confidential OR NOT t.anonymous)));
CREATE POLICY named_callers ON transcripts FOR SELECT TO hotline_unit USING (
    EXISTS (SELECT FROM calls c JOIN tickets t ON t.call_id = c.id
            WHERE c.id = transcripts.call_id AND (t.confidential OR NOT t.anonymous)));
CREATE POLICY with_its_call ON recordings FOR SELECT
    TO hotline_operator, hotline_back_office, hotline_supervisor
    USING (EXISTS (SELECT FROM calls c WHERE c.id = recordings.call_id));
CREATE POLICY with_its_call ON transcripts FOR SELECT
    TO hotline_operator, hotline_back_office, hotline_supervisor
    USING (EXISTS (SELECT FROM calls c WHERE c.id = transcripts.call_id));

CREATE POLICY own_people ON unit_contacts FOR SELECT TO hotline_unit USING (unit_id = own_unit());
CREATE POLICY own_people ON duty_roster FOR SELECT TO hotline_unit USING (unit_id = own_unit());
CREATE POLICY everybody ON unit_contacts FOR SELECT
    TO hotline_operator, hotline_back_office, hotline_supervisor, hotline_admin USING (true);
CREATE POLICY everybody ON duty_roster FOR SELECT
    TO hotline_operator, hotline_back_office, hotline_supervisor, hotline_admin USING (true);

-- Column by column, so that a new column is hidden until somebody thought about it. Not granted: what repeats the
-- caller outside the columns that are protected (state, suggestions, data) and the caller's number on the call.
GRANT SELECT (number, call_id, profile, status, category, urgency, source, channel, anonymous, confidential, content,
              operator_id, unit_ids, discipline_unit, satisfaction, received_at, due_at, next_deadline, closed_at,
              late, merged_into, version, created_at, updated_at)
    ON tickets TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor;
GRANT SELECT (caller_phone, caller_name, caller_address)
    ON tickets TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor;
GRANT SELECT (number, n, at, action, actor)
    ON ticket_history TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor;
GRANT SELECT ON ticket_notices TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor;
GRANT SELECT (id, node, dialled, started_at, answered_at, ended_at, outcome, missed_reason, category, keys,
              satisfaction, confidential, called_back_at)
    ON calls TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor;
GRANT SELECT (seq, call_id, key, kind, at, source, recorded_at)
    ON call_events TO hotline_operator, hotline_back_office, hotline_supervisor;
GRANT SELECT (call_id, party_id, role, joined_at, left_at)
    ON call_parties TO hotline_operator, hotline_back_office, hotline_supervisor;
GRANT SELECT ON unit_attempts TO hotline_operator, hotline_back_office, hotline_supervisor;
GRANT SELECT ON recordings, transcripts TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor;
GRANT SELECT (id, name, tier, parent, remit, keywords, active)
    ON units TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor, hotline_admin;
GRANT SELECT ON unit_contacts, duty_roster
    TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor, hotline_admin;
GRANT SELECT ON audit_log TO hotline_auditor;

-- The centre keeps only a count of economic reports (yixing-2011 art. 7(3)3): a stub to dispatch and urge by ...
CREATE VIEW confidential_stubs WITH (security_barrier) AS
SELECT number, profile, category, status, received_at, due_at, closed_at FROM tickets WHERE confidential;
GRANT SELECT ON confidential_stubs TO hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor;

-- ... and figures by whole days for everybody. The last day counts too.
CREATE FUNCTION confidential_counts(first_day date, last_day date)
RETURNS TABLE (day date, category text, tickets bigint)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
    SELECT (t.received_at AT TIME ZONE 'Asia/Shanghai')::date, t.category, count(*)
    FROM tickets t
    WHERE t.confidential
      AND t.received_at >= first_day::timestamp AT TIME ZONE 'Asia/Shanghai'
      AND t.received_at < (last_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
    GROUP BY 1, 2
    ORDER BY 1, 2;
END;
REVOKE EXECUTE ON FUNCTION confidential_counts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION confidential_counts
    TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor;
