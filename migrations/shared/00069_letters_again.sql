-- +goose Up
-- Somebody who invites sees what became of the letter, which names its reader.
CREATE INDEX letters_by_reader ON letters (reader, created_at);

-- Until now a letter that was refused lost its link at once: it cannot be sent again as it stands.
UPDATE letters SET emptied_at = COALESCE(ended_at, created_at) WHERE state = 'refused' AND emptied_at IS NULL;

-- +goose Down
DROP INDEX letters_by_reader;
