-- +goose Up
CREATE TABLE people (
    id         TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    language   TEXT NOT NULL CHECK (language IN ('nl', 'en')),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX people_by_email ON people (email) WHERE email <> '';

CREATE TABLE grants (
    person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    realm      TEXT NOT NULL CHECK (realm IN ('network', 'organisation')),
    scope_id   TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, realm, scope_id, role)
);

CREATE TABLE role_changes (
    id         TEXT NOT NULL PRIMARY KEY,
    person_id  TEXT NOT NULL,
    role       TEXT NOT NULL,
    given      BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX role_changes_by_person ON role_changes (person_id, changed_at);

CREATE TABLE sessions (
    id         TEXT NOT NULL PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    device     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at    TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_id, created_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE sign_in_codes (
    id           TEXT NOT NULL PRIMARY KEY,
    person_id    TEXT REFERENCES people (id) ON DELETE CASCADE,
    subject      TEXT NOT NULL,
    browser_hash TEXT NOT NULL UNIQUE,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    used_at      TIMESTAMPTZ
);
CREATE INDEX sign_in_codes_by_end ON sign_in_codes (expires_at);

CREATE TABLE sign_in_limits (
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE TABLE sign_in_tries (
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    tried_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_tries_by_subject ON sign_in_tries (kind, subject, tried_at);

-- +goose Down
DROP TABLE sign_in_tries;
DROP TABLE sign_in_limits;
DROP TABLE sign_in_codes;
DROP TABLE sessions;
DROP TABLE role_changes;
DROP TABLE grants;
DROP TABLE people;
