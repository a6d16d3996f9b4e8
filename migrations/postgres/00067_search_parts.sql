-- A thing is found by parts of words too, and no longer says on which page it is shown. The column words holds
-- the text as package search writes it for finding; an entry of form 0 has no such text yet and gets it when the
-- program starts.

-- +goose Up
DROP INDEX search_entries_by_word;
ALTER TABLE search_entries DROP COLUMN href, DROP COLUMN words;
ALTER TABLE search_entries
    ADD COLUMN whole_kind TEXT NOT NULL DEFAULT '',
    ADD COLUMN whole_id TEXT NOT NULL DEFAULT '',
    ADD COLUMN title_words TEXT NOT NULL DEFAULT '',
    ADD COLUMN words TEXT NOT NULL DEFAULT '',
    ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
CREATE INDEX search_entries_of_whole ON search_entries (whole_kind, whole_id);
CREATE INDEX search_entries_by_form ON search_entries (form);

-- pg_trgm comes with Postgres, and whoever owns a database may add it. Where that is not so, each question reads
-- all entries: slower, with the same answers.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX search_entries_by_part ON search_entries USING GIN (words gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR undefined_object OR feature_not_supported THEN
    RAISE NOTICE 'search has no index: %', SQLERRM;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX IF EXISTS search_entries_by_part;
DROP INDEX search_entries_by_form;
DROP INDEX search_entries_of_whole;
ALTER TABLE search_entries DROP COLUMN form, DROP COLUMN words, DROP COLUMN title_words, DROP COLUMN whole_id, DROP COLUMN whole_kind;
ALTER TABLE search_entries ADD COLUMN href TEXT NOT NULL DEFAULT '', ADD COLUMN words TSVECTOR NOT NULL DEFAULT ''::tsvector;
CREATE INDEX search_entries_by_word ON search_entries USING GIN (words);
