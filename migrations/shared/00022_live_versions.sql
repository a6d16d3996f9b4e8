-- +goose Up
-- A text as it was: a full state of the log up to seq. form_key names what asked for it, so that
-- asking twice makes one.
CREATE TABLE live_versions (
    id       TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL REFERENCES live_documents (id),
    epoch    BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    source   TEXT NOT NULL,
    actor    TEXT NOT NULL,
    writers  TEXT NOT NULL,
    form_key TEXT NOT NULL,
    at       TIMESTAMPTZ NOT NULL,
    packed   BOOLEAN NOT NULL,
    size     BIGINT NOT NULL,
    state    BYTEA NOT NULL,
    checksum BIGINT NOT NULL,
    UNIQUE (document, form_key)
);
CREATE INDEX live_versions_order ON live_versions (document, epoch, seq);

-- +goose Down
DROP TABLE live_versions;
