-- +goose Up
CREATE TABLE event_receipts (
    event_id    TEXT NOT NULL,
    subscriber  TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (event_id, subscriber)
);

-- +goose Down
DROP TABLE event_receipts;
