-- What the hourly upkeep looks for: the recordings that are kept longest.

CREATE INDEX recordings_kept ON recordings (created_at) WHERE deleted_at IS NULL;
