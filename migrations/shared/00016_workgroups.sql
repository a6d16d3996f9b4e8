-- +goose Up
CREATE TABLE workgroups (
    id         TEXT NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL CHECK (name <> ''),
    goal       TEXT NOT NULL CHECK (goal <> ''),
    review_on  DATE NOT NULL,
    strands    TEXT NOT NULL,
    public     BOOLEAN NOT NULL,
    version    INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    form_key   TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    UNIQUE (created_by, form_key)
);

CREATE TABLE workgroup_members (
    workgroup_id TEXT NOT NULL REFERENCES workgroups (id),
    person_id    TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('coordinator', 'lecturer', 'student', 'entrepreneur', 'resident', 'area_partner')),
    joined_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (workgroup_id, person_id)
);
CREATE INDEX workgroup_members_by_person ON workgroup_members (person_id);

CREATE TABLE workgroup_invitations (
    id           TEXT NOT NULL PRIMARY KEY,
    workgroup_id TEXT NOT NULL REFERENCES workgroups (id),
    address      TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('coordinator', 'lecturer', 'student', 'entrepreneur', 'resident', 'area_partner')),
    token_hash   TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
    invited_by   TEXT NOT NULL,
    form_key     TEXT NOT NULL,
    invited_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    ended_at     TIMESTAMPTZ,
    person_id    TEXT NOT NULL,
    UNIQUE (invited_by, form_key)
);
CREATE INDEX workgroup_invitations_by_workgroup ON workgroup_invitations (workgroup_id, state);

CREATE TABLE workgroup_inspections (
    id           TEXT NOT NULL PRIMARY KEY,
    workgroup_id TEXT NOT NULL REFERENCES workgroups (id),
    person_id    TEXT NOT NULL,
    reason       TEXT NOT NULL CHECK (reason <> ''),
    started_at   TIMESTAMPTZ NOT NULL,
    ends_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX workgroup_inspections_by_workgroup ON workgroup_inspections (workgroup_id, started_at);
CREATE INDEX workgroup_inspections_by_person ON workgroup_inspections (person_id, ends_at);

-- +goose Down
DROP TABLE workgroup_inspections;
DROP TABLE workgroup_invitations;
DROP TABLE workgroup_members;
DROP TABLE workgroups;
