-- The city's own days, kept in the desk: over the published calendar and over the city's holiday file.

CREATE TABLE city_years (
    year            smallint PRIMARY KEY CHECK (year BETWEEN 2000 AND 2200),
    -- Whether the days say all there is to say of a year that is not published yet.
    complete        boolean NOT NULL,
    changed_by      text NOT NULL,
    changed_at      timestamptz NOT NULL
);

CREATE TABLE city_days (
    day             date PRIMARY KEY,
    working         boolean NOT NULL,
    year            smallint NOT NULL GENERATED ALWAYS AS (extract(year FROM day)::smallint) STORED
                    REFERENCES city_years (year) ON DELETE CASCADE
);
CREATE INDEX city_days_year ON city_days (year);
