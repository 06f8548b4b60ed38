-- Units call the callers of their tickets through the hotline: their own telephone, which rings first, is no summons.
ALTER TABLE calls ADD COLUMN asked_unit text REFERENCES units (id);
COMMENT ON COLUMN calls.asked_unit IS 'The unit whose officer asked for a call that goes out; null for the centre''s own.';
ALTER TABLE unit_attempts
    DROP CONSTRAINT unit_attempts_kind_check,
    ADD CONSTRAINT unit_attempts_kind_check
        CHECK (kind IN ('unit', 'operator', 'queue', 'service', 'supervisor', 'citizen', 'asker'));

-- A call about a ticket, and what was said on it, are news of the ticket.
CREATE FUNCTION tell_call_about_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hotline_tickets', about_ticket) FROM calls WHERE id = NEW.call_id AND about_ticket IS NOT NULL;
    RETURN NULL;
END $$;
CREATE FUNCTION tell_call_of_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hotline_tickets', NEW.about_ticket);
    RETURN NULL;
END $$;
CREATE TRIGGER calls_about_told AFTER INSERT OR UPDATE OF outcome ON calls
    FOR EACH ROW WHEN (NEW.about_ticket IS NOT NULL) EXECUTE FUNCTION tell_call_of_ticket();
CREATE TRIGGER transcripts_about_told AFTER INSERT OR UPDATE ON transcripts
    FOR EACH ROW EXECUTE FUNCTION tell_call_about_ticket();
