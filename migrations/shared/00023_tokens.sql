-- +goose Up
-- What lets a script of a person into live documents. The token itself is not kept, only a hash.
CREATE TABLE tokens (
    id         TEXT NOT NULL PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    writes     BOOLEAN NOT NULL,
    everywhere BOOLEAN NOT NULL, -- otherwise only what token_scopes names
    form_key   TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    UNIQUE (person_id, form_key)
);
CREATE INDEX tokens_by_end ON tokens (expires_at);

CREATE TABLE token_scopes (
    token_id TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('document', 'workgroup')),
    scope_id TEXT NOT NULL,
    PRIMARY KEY (token_id, kind, scope_id)
);

-- +goose Down
DROP TABLE token_scopes;
DROP TABLE tokens;
