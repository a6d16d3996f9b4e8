-- A thing is found by parts of words too, and no longer says on which page it is shown. The column words holds
-- the text as package search writes it for finding; an entry of form 0 has no such text yet and gets it when the
-- program starts.

-- +goose Up
DROP TRIGGER search_entries_added;
DROP TRIGGER search_entries_removed;
DROP TRIGGER search_entries_changed;
DROP TABLE search_words;
ALTER TABLE search_entries DROP COLUMN href;
ALTER TABLE search_entries ADD COLUMN whole_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE search_entries ADD COLUMN whole_id TEXT NOT NULL DEFAULT '';
ALTER TABLE search_entries ADD COLUMN title_words TEXT NOT NULL DEFAULT '';
ALTER TABLE search_entries ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE search_entries ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
CREATE INDEX search_entries_of_whole ON search_entries (whole_kind, whole_id);
CREATE INDEX search_entries_by_form ON search_entries (form);

CREATE VIRTUAL TABLE search_words USING fts5 (
    words, content = 'search_entries', content_rowid = 'number', tokenize = 'trigram case_sensitive 1'
);
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);
INSERT INTO search_words (search_words) VALUES ('rebuild');

-- +goose StatementBegin
CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN
    INSERT INTO search_words (rowid, words) VALUES (new.number, new.words);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN
    INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.number, old.words);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER search_entries_changed AFTER UPDATE OF words ON search_entries BEGIN
    INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.number, old.words);
    INSERT INTO search_words (rowid, words) VALUES (new.number, new.words);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER search_entries_added;
DROP TRIGGER search_entries_removed;
DROP TRIGGER search_entries_changed;
DROP TABLE search_words;
DROP INDEX search_entries_by_form;
DROP INDEX search_entries_of_whole;
ALTER TABLE search_entries DROP COLUMN form;
ALTER TABLE search_entries DROP COLUMN words;
ALTER TABLE search_entries DROP COLUMN title_words;
ALTER TABLE search_entries DROP COLUMN whole_id;
ALTER TABLE search_entries DROP COLUMN whole_kind;
ALTER TABLE search_entries ADD COLUMN href TEXT NOT NULL DEFAULT '';
CREATE VIRTUAL TABLE search_words USING fts5 (
    title, body, content = 'search_entries', content_rowid = 'number',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '3 5'
);
INSERT INTO search_words (search_words) VALUES ('rebuild');

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
