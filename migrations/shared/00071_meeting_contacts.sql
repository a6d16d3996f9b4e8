-- +goose Up
ALTER TABLE meetings ADD COLUMN organiser_phone TEXT NOT NULL DEFAULT '';
ALTER TABLE meetings ADD COLUMN organiser_email TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE meetings DROP COLUMN organiser_email;
ALTER TABLE meetings DROP COLUMN organiser_phone;
