-- +goose Up
CREATE TABLE requirements_documents (
    id           TEXT NOT NULL PRIMARY KEY,
    workgroup_id TEXT NOT NULL,
    audience     TEXT NOT NULL CHECK (audience IN ('public', 'members')),
    title        TEXT NOT NULL,
    live_id      TEXT NOT NULL UNIQUE,
    confidential BOOLEAN NOT NULL,
    last_number  INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    changed_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX requirements_documents_of_workgroup ON requirements_documents (workgroup_id, title);

CREATE TABLE requirements (
    id          TEXT NOT NULL PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES requirements_documents (id),
    number      INTEGER NOT NULL CHECK (number > 0),
    type        TEXT NOT NULL CHECK (type IN ('', 'functional', 'precondition', 'user', 'constraint', 'wish')),
    priority    TEXT NOT NULL CHECK (priority IN ('', 'must', 'should', 'could', 'not_now')),
    status      TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    changed_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (document_id, number)
);

-- +goose Down
DROP TABLE requirements;
DROP TABLE requirements_documents;
