-- +goose Up
-- An id names a requirement within its document: scripts choose theirs, and may choose the same in two.
CREATE TABLE requirements_of_documents (
    document_id TEXT NOT NULL REFERENCES requirements_documents (id),
    id          TEXT NOT NULL,
    number      INTEGER NOT NULL CHECK (number > 0),
    type        TEXT NOT NULL CHECK (type IN ('', 'functional', 'precondition', 'user', 'constraint', 'wish')),
    priority    TEXT NOT NULL CHECK (priority IN ('', 'must', 'should', 'could', 'not_now')),
    status      TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    changed_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (document_id, id),
    UNIQUE (document_id, number)
);
INSERT INTO requirements_of_documents (document_id, id, number, type, priority, status, created_by, created_at, changed_at)
SELECT document_id, id, number, type, priority, status, created_by, created_at, changed_at FROM requirements;
DROP TABLE requirements;
ALTER TABLE requirements_of_documents RENAME TO requirements;

-- +goose Down
-- Of an id that two documents have one keeps its key.
CREATE TABLE requirements_by_id (
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
INSERT INTO requirements_by_id (id, document_id, number, type, priority, status, created_by, created_at, changed_at)
SELECT id, document_id, number, type, priority, status, created_by, created_at, changed_at FROM requirements
WHERE NOT EXISTS (SELECT 1 FROM requirements other WHERE other.id = requirements.id AND other.document_id < requirements.document_id);
DROP TABLE requirements;
ALTER TABLE requirements_by_id RENAME TO requirements;
