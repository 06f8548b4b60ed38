-- Menus that are changed in the desk: every version that was ever put in force, and which one is. A menu of which none
-- is goes by its file.

CREATE TABLE menu_versions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,39}$'),
    text            text NOT NULL CHECK (octet_length(text) <= 200000),
    note            text NOT NULL CHECK (length(note) <= 200),
    made_by         text NOT NULL,
    made_at         timestamptz NOT NULL,
    UNIQUE (name, id)
);
CREATE TRIGGER menu_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON menu_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE menus_in_force (
    name            text PRIMARY KEY,
    version_id      bigint,
    changed_by      text NOT NULL,
    changed_at      timestamptz NOT NULL,
    FOREIGN KEY (name, version_id) REFERENCES menu_versions (name, id)
);
COMMENT ON COLUMN menus_in_force.version_id IS 'Null: the file again, after a version was taken back.';
