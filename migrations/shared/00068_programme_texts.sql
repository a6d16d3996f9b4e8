-- Which text of a document its entries in the search index are of; empty when none was read yet.

-- +goose Up
ALTER TABLE requirements_documents ADD COLUMN indexed_text TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE requirements_documents DROP COLUMN indexed_text;
