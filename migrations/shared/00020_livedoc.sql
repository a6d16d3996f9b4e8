-- +goose Up
CREATE TABLE live_documents (
    id          TEXT NOT NULL PRIMARY KEY,
    owner_kind  TEXT NOT NULL,
    owner_id    TEXT NOT NULL,
    epoch       BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    acl_version BIGINT NOT NULL,
    schema      BIGINT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (owner_kind, owner_id)
);

-- One row for each change anybody ever made. Rows are only added; seq has no gaps within an epoch.
CREATE TABLE live_updates (
    document TEXT NOT NULL REFERENCES live_documents (id),
    epoch    BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    session  TEXT NOT NULL,
    mark     BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    payload  BYTEA NOT NULL,
    checksum BIGINT NOT NULL,
    at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (document, epoch, seq),
    UNIQUE (document, session, mark)
);

-- +goose Down
DROP TABLE live_updates;
DROP TABLE live_documents;
