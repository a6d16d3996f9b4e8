-- +goose Up
CREATE TABLE notes (
    id           TEXT NOT NULL PRIMARY KEY,
    workgroup_id TEXT NOT NULL REFERENCES workgroups (id),
    author_id    TEXT NOT NULL,
    title        TEXT NOT NULL CHECK (title <> ''),
    body         TEXT NOT NULL,
    audience     TEXT NOT NULL CHECK (audience IN ('private', 'members')),
    version      INTEGER NOT NULL,
    form_key     TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    changed_at   TIMESTAMPTZ NOT NULL,
    shared_at    TIMESTAMPTZ,
    UNIQUE (author_id, form_key)
);
CREATE INDEX notes_of_workgroup ON notes (workgroup_id, audience, changed_at);
CREATE INDEX notes_of_author ON notes (author_id, changed_at);

CREATE TABLE note_comments (
    id           TEXT NOT NULL PRIMARY KEY,
    note_id      TEXT NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    author_id    TEXT NOT NULL,
    text         TEXT NOT NULL,
    form_key     TEXT NOT NULL,
    written_at   TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    withdrawn_by TEXT NOT NULL,
    UNIQUE (author_id, form_key)
);
CREATE INDEX note_comments_of_note ON note_comments (note_id, written_at);

-- +goose Down
DROP TABLE note_comments;
DROP TABLE notes;
