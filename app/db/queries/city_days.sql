-- name: city_days
SELECT day, working FROM city_days ORDER BY day;

-- name: city_years
SELECT year FROM city_years WHERE complete ORDER BY year;

-- name: city_year
SELECT complete, changed_by, changed_at FROM city_years WHERE year = $1;

-- name: city_year_set
INSERT INTO city_years (year, complete, changed_by, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (year) DO UPDATE
SET complete = excluded.complete, changed_by = excluded.changed_by, changed_at = excluded.changed_at;

-- name: city_days_clear
DELETE FROM city_days WHERE year = $1;

-- name: city_days_add
INSERT INTO city_days (day, working) SELECT * FROM unnest($1::date[], $2::boolean[]);
