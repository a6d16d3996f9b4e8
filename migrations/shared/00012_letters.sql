-- +goose Up
CREATE TABLE letters (
    id              TEXT NOT NULL PRIMARY KEY,
    event_id        TEXT NOT NULL,
    reader          TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    language        TEXT NOT NULL,
    subject         TEXT NOT NULL,
    text            TEXT NOT NULL,
    html            TEXT NOT NULL,
    calendar        TEXT NOT NULL,
    calendar_method TEXT NOT NULL,
    secret          BOOLEAN NOT NULL,
    until           TIMESTAMPTZ,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'kept', 'refused', 'late')),
    reason          TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    claimed_at      TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ,
    emptied_at      TIMESTAMPTZ,
    UNIQUE (event_id, reader)
);
CREATE INDEX letters_by_age ON letters (created_at);

-- +goose Down
DROP TABLE letters;
