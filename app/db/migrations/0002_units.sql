-- Member units in three tiers, whom to telephone there (every change dated), and the duty roster.

CREATE TABLE units (
    id              text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    name            text NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED CHECK (name <> ''),
    tier            smallint NOT NULL CHECK (tier BETWEEN 1 AND 3),
    parent          text REFERENCES units (id) DEFERRABLE INITIALLY DEFERRED CHECK (parent <> id),
    remit           text NOT NULL DEFAULT '',
    keywords        text[] NOT NULL DEFAULT '{}',
    note            text NOT NULL DEFAULT '',
    filled_by       text NOT NULL DEFAULT '',
    filled_by_phone text NOT NULL DEFAULT '',
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN units.filled_by IS '填报人 of the last registration form, with filled_by_phone (minhe-2018, annex).';
COMMENT ON COLUMN units.tier IS '1 the centre, 2 departments and districts, 3 what belongs to them (mudanjiang-2010 art. 5).';

CREATE DOMAIN phone_number AS text NOT NULL DEFAULT '' CHECK (VALUE ~ '^([0-9+*#]{2,20})?$');

CREATE TABLE unit_contacts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id         text NOT NULL REFERENCES units (id),
    post            text NOT NULL CHECK (post IN ('A', 'B', 'leader', 'duty')),
    name            text NOT NULL DEFAULT '',
    title           text NOT NULL DEFAULT '',
    phone           phone_number,
    mobile          phone_number,
    fax             phone_number,
    hours           text NOT NULL DEFAULT '',
    valid_from      timestamptz NOT NULL,
    valid_to        timestamptz CHECK (valid_to > valid_from),
    happened_on     date NOT NULL,
    late            boolean NOT NULL DEFAULT false,
    entered_by      text NOT NULL DEFAULT ''
);
COMMENT ON TABLE unit_contacts IS 'Who answered for a post, from when to when; a change closes one row and opens the next.';
COMMENT ON COLUMN unit_contacts.late IS 'The centre was told later than the regulation allows after happened_on (yixing-2011 art. 9).';
CREATE UNIQUE INDEX unit_contacts_one_current ON unit_contacts (unit_id, post) WHERE valid_to IS NULL;
CREATE INDEX unit_contacts_history ON unit_contacts (unit_id, post, valid_from DESC);

-- With the one open row per post, this keeps the periods of a post apart: closed rows are final, and a new row
-- starts where the last one ended or later.
CREATE FUNCTION unit_contacts_stay_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'contacts of a unit are closed, never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.valid_to IS NOT NULL OR NEW.valid_to IS NULL
           OR to_jsonb(NEW) - 'valid_to' IS DISTINCT FROM to_jsonb(OLD) - 'valid_to' THEN
            RAISE EXCEPTION 'contacts of a unit are closed, never changed' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM unit_contacts c
               WHERE c.unit_id = NEW.unit_id AND c.post = NEW.post AND c.valid_to > NEW.valid_from) THEN
        RAISE EXCEPTION 'contact of unit % post % would overlap an earlier one', NEW.unit_id, NEW.post
            USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER unit_contacts_dated BEFORE INSERT OR UPDATE OR DELETE ON unit_contacts
    FOR EACH ROW EXECUTE FUNCTION unit_contacts_stay_dated();

CREATE TABLE duty_roster (
    unit_id         text NOT NULL REFERENCES units (id),
    day             date NOT NULL,
    shift           text NOT NULL CHECK (shift <> ''),
    post            text NOT NULL CHECK (post IN ('A', 'B', 'leader')),
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    name            text NOT NULL DEFAULT '',
    phone           phone_number,
    PRIMARY KEY (unit_id, day, shift, post),
    CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '48 hours')
);
CREATE INDEX duty_roster_now ON duty_roster (unit_id, ends_at);
