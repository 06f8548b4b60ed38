-- Whoever listens hears of every notice to somebody, when it is committed.

CREATE FUNCTION tell_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hotline_notices', NEW.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER notices_told AFTER INSERT ON ticket_notices FOR EACH ROW EXECUTE FUNCTION tell_notice();
