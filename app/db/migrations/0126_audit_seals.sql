-- The audit log itself refuses to lose a line, and a line that is lost all the same is found by its seal: no need of a
-- foreign key, which would also answer in the log's place when somebody truncates it.

ALTER TABLE audit_seals DROP CONSTRAINT audit_seals_line_id_fkey;
