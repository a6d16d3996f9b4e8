-- +goose Up
CREATE TABLE search_entries (
    number       INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    workgroup_id TEXT NOT NULL,
    audience     TEXT NOT NULL CHECK (audience IN ('public', 'members', 'private')),
    owner_id     TEXT NOT NULL,
    title        TEXT NOT NULL,
    body         TEXT NOT NULL,
    href         TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX search_entries_of_workgroup ON search_entries (workgroup_id);

CREATE VIRTUAL TABLE search_words USING fts5 (
    title, body, content = 'search_entries', content_rowid = 'number',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '3 5'
);

-- +goose StatementBegin
CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN
    INSERT INTO search_words (rowid, title, body) VALUES (new.number, new.title, new.body);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN
    INSERT INTO search_words (search_words, rowid, title, body) VALUES ('delete', old.number, old.title, old.body);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_entries_changed AFTER UPDATE OF title, body ON search_entries BEGIN
    INSERT INTO search_words (search_words, rowid, title, body) VALUES ('delete', old.number, old.title, old.body);
    INSERT INTO search_words (rowid, title, body) VALUES (new.number, new.title, new.body);
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE search_words;
DROP TABLE search_entries;
