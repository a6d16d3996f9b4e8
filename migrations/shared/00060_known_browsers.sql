-- +goose Up
CREATE TABLE known_browsers (
    token_hash TEXT NOT NULL,
    person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    seen_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (token_hash, person_id)
);
CREATE INDEX known_browsers_by_person ON known_browsers (person_id, seen_at);
CREATE INDEX known_browsers_by_age ON known_browsers (seen_at);

-- +goose Down
DROP TABLE known_browsers;
