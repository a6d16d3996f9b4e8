-- +goose Up
-- How many bytes of updates a document was ever given: what came since a snapshot costs time to load.
ALTER TABLE live_documents ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
UPDATE live_documents SET bytes = COALESCE((
    SELECT SUM(LENGTH(u.payload)) FROM live_updates u
    WHERE u.document = live_documents.id AND u.epoch = live_documents.epoch), 0);

-- What the updates up to seq amount to. A snapshot is never changed; the two newest stay.
CREATE TABLE live_snapshots (
    document TEXT NOT NULL REFERENCES live_documents (id),
    epoch    BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    bytes    BIGINT NOT NULL, -- of the updates it stands for
    state    BYTEA NOT NULL,
    authors  BYTEA NOT NULL,
    checksum BIGINT NOT NULL,
    at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (document, epoch, seq)
);

-- +goose Down
DROP TABLE live_snapshots;
ALTER TABLE live_documents DROP COLUMN bytes;
