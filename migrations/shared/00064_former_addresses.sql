-- +goose Up
ALTER TABLE sessions ADD COLUMN confirmed_at TIMESTAMPTZ;

-- The same table, in which a change can also be reported.
CREATE TABLE account_changes_new (
    id         TEXT NOT NULL PRIMARY KEY,
    person_id  TEXT NOT NULL,
    what       TEXT NOT NULL CHECK (what IN ('blocked', 'unblocked', 'address', 'reported')),
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
INSERT INTO account_changes_new (id, person_id, what, changed_by, changed_at)
    SELECT id, person_id, what, changed_by, changed_at FROM account_changes;
DROP TABLE account_changes;
ALTER TABLE account_changes_new RENAME TO account_changes;
CREATE INDEX account_changes_by_person ON account_changes (person_id, changed_at);
CREATE INDEX account_changes_by_time ON account_changes (changed_at);
CREATE INDEX role_changes_by_time ON role_changes (changed_at);

CREATE TABLE former_addresses (
    id          TEXT NOT NULL PRIMARY KEY,
    person_id   TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    address     TEXT NOT NULL,
    token_hash  TEXT NOT NULL UNIQUE,
    changed_by  TEXT NOT NULL,
    changed_at  TIMESTAMPTZ NOT NULL,
    reported_at TIMESTAMPTZ
);
CREATE INDEX former_addresses_by_person ON former_addresses (person_id, changed_at);
CREATE INDEX former_addresses_by_age ON former_addresses (changed_at);

-- +goose Down
DROP TABLE former_addresses;
DROP INDEX role_changes_by_time;
DROP INDEX account_changes_by_time;
ALTER TABLE sessions DROP COLUMN confirmed_at;
