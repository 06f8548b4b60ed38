-- The same person is the same number: callers that are stored get the form in which new ones are kept (app/numbers.py).
-- What the network said stays in call_events. Local numbers without an area code stay: only the settings know the city's.

CREATE FUNCTION pg_temp.one_form(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN bare !~ '[0-9]' THEN ''
        WHEN bare ~ '^(\+86|0086|86)?0?1[3-9][0-9]{9}$' THEN right(bare, 11)
        WHEN bare ~ '^(\+86|0086)0?([2-9][0-9]{9,10}|10[0-9]{8})$' THEN '0' || regexp_replace(bare, '^(\+86|0086)0?', '')
        WHEN bare ~ '^86([2-9][0-9]{9,10}|10[0-9]{8})$' THEN '0' || substr(bare, 3)
        WHEN bare ~ '^00[1-9][0-9]{7,}$' THEN '+' || substr(bare, 3)
        ELSE bare
    END
    FROM (SELECT regexp_replace(said, '[\s().-]', '', 'g') AS bare) AS cleaned
$$;

UPDATE calls SET caller = pg_temp.one_form(caller) WHERE caller <> '' AND caller <> pg_temp.one_form(caller);
UPDATE tickets SET caller_phone = pg_temp.one_form(caller_phone)
WHERE caller_phone ~ '[0-9]' AND caller_phone ~ '^[0-9+*#\s().-]*$' AND caller_phone <> pg_temp.one_form(caller_phone);
UPDATE tickets SET caller_phone = '' WHERE lower(caller_phone) IN ('anonymous', 'unavailable', 'unknown', 'restricted', 'private');
UPDATE protected_callers SET phone = pg_temp.one_form(phone)
WHERE phone ~ '[0-9]' AND phone ~ '^[0-9+*#\s().-]*$' AND phone <> pg_temp.one_form(phone);
DROP FUNCTION pg_temp.one_form(text);
