-- +goose Up
CREATE TABLE search_entries (
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    workgroup_id TEXT NOT NULL,
    audience     TEXT NOT NULL CHECK (audience IN ('public', 'members', 'private')),
    owner_id     TEXT NOT NULL,
    title        TEXT NOT NULL,
    body         TEXT NOT NULL,
    href         TEXT NOT NULL,
    words        TSVECTOR NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX search_entries_of_workgroup ON search_entries (workgroup_id);
CREATE INDEX search_entries_by_word ON search_entries USING GIN (words);

-- +goose Down
DROP TABLE search_entries;
