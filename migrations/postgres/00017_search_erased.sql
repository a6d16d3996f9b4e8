-- What SQLite needs a setting for, Postgres does by itself. Both have the same steps, so that a backup of one
-- fits the other.

-- +goose Up
SELECT 1;

-- +goose Down
SELECT 1;
