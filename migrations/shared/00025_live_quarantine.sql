-- +goose Up
-- What was damaged in the log of live documents and moved out of the way, as it was found.
CREATE TABLE live_quarantine (
    document TEXT NOT NULL,
    epoch    BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('update', 'snapshot')),
    session  TEXT NOT NULL,
    mark     BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    payload  BYTEA NOT NULL,
    authors  BYTEA NOT NULL,
    bytes    BIGINT NOT NULL,
    checksum BIGINT NOT NULL,
    at       TIMESTAMPTZ NOT NULL,
    moved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (document, epoch, kind, seq, moved_at)
);

-- +goose Down
DROP TABLE live_quarantine;
