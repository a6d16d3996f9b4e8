-- +goose Up
ALTER TABLE people ADD COLUMN email_proved_at TIMESTAMPTZ;

-- A change of address ends the sessions and known browsers of the old one: what is there was opened with a code
-- that went to the present address.
UPDATE people SET email_proved_at = (SELECT MIN(seen_at) FROM known_browsers WHERE known_browsers.person_id = people.id);
UPDATE people SET email_proved_at = (SELECT MIN(created_at) FROM sessions WHERE sessions.person_id = people.id)
    WHERE email_proved_at IS NULL;

-- +goose Down
ALTER TABLE people DROP COLUMN email_proved_at;
