-- +goose Up
ALTER TABLE requirements_documents ADD COLUMN form_key TEXT NOT NULL DEFAULT '';
UPDATE requirements_documents SET form_key = id;
CREATE UNIQUE INDEX requirements_documents_of_form ON requirements_documents (created_by, form_key);

-- +goose Down
DROP INDEX requirements_documents_of_form;
ALTER TABLE requirements_documents DROP COLUMN form_key;
