-- What language the caller chose in the menu; a tag of BCP 47.

ALTER TABLE calls ADD COLUMN language text NOT NULL DEFAULT 'zh-CN' CHECK (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$');
ALTER TABLE tickets ADD COLUMN language text NOT NULL DEFAULT 'zh-CN' CHECK (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$');
GRANT SELECT (language)
    ON calls, tickets TO hotline_unit, hotline_operator, hotline_back_office, hotline_supervisor, hotline_auditor;
