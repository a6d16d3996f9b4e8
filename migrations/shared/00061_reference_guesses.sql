-- +goose Up
CREATE TABLE reference_guesses (
    place TEXT NOT NULL PRIMARY KEY,
    since TIMESTAMPTZ NOT NULL,
    wrong INTEGER NOT NULL
);
CREATE INDEX reference_guesses_by_age ON reference_guesses (since);

-- +goose Down
DROP TABLE reference_guesses;
