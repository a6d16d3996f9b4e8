-- +goose Up
ALTER TABLE people ADD COLUMN blocked_at TIMESTAMPTZ;

CREATE TABLE account_changes (
    id         TEXT NOT NULL PRIMARY KEY,
    person_id  TEXT NOT NULL,
    what       TEXT NOT NULL CHECK (what IN ('blocked', 'unblocked', 'address')),
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX account_changes_by_person ON account_changes (person_id, changed_at);

-- +goose Down
DROP TABLE account_changes;
ALTER TABLE people DROP COLUMN blocked_at;
