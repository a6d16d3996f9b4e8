-- +goose Up
-- What is left of a token that was ended before its time: enough to say so, and nothing that opens anything.
CREATE TABLE ended_tokens (
    id        TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    why       TEXT NOT NULL CHECK (why IN ('withdrawn', 'blocked', 'address', 'reported')),
    ended_by  TEXT NOT NULL,
    ended_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX ended_tokens_by_person ON ended_tokens (person_id, ended_at);
CREATE INDEX ended_tokens_by_age ON ended_tokens (ended_at);

-- +goose Down
DROP TABLE ended_tokens;
