-- Whoever listens hears of every change to a ticket, whatever made it, when it is committed.

CREATE FUNCTION tell_ticket_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hotline_tickets', NEW.number);
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_told AFTER INSERT OR UPDATE ON tickets FOR EACH ROW EXECUTE FUNCTION tell_ticket_change();
