-- +goose Up
-- Tickets that were used, until they expire, so that none is used again on another node.
CREATE TABLE live_tickets (
    id         TEXT NOT NULL PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE live_tickets;
