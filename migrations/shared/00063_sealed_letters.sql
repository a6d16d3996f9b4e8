-- +goose Up
ALTER TABLE letters ADD COLUMN sealed BYTEA;

-- Links of registrations and invitations stood in the text. What ended loses it; what waits is still
-- sent, is shown to nobody, and loses it then.
UPDATE letters SET text = '', html = '', calendar = '', emptied_at = COALESCE(ended_at, created_at)
    WHERE state <> 'waiting' AND (secret OR text LIKE '%/aanmeldingen/open/%' OR text LIKE '%/uitnodigingen/%');
UPDATE letters SET secret = TRUE
    WHERE state = 'waiting' AND (text LIKE '%/aanmeldingen/open/%' OR text LIKE '%/uitnodigingen/%');

-- +goose Down
ALTER TABLE letters DROP COLUMN sealed;
