-- +goose Up
CREATE TABLE meetings (
    id                 TEXT NOT NULL PRIMARY KEY,
    workgroup_id       TEXT NOT NULL,
    audience           TEXT NOT NULL CHECK (audience IN ('public', 'members')),
    kind               TEXT NOT NULL CHECK (kind IN ('meeting', 'expert_meeting', 'working_conference')),
    title              TEXT NOT NULL,
    summary            TEXT NOT NULL,
    for_whom           TEXT NOT NULL,
    programme          TEXT NOT NULL,
    organiser          TEXT NOT NULL,
    local_start        TEXT NOT NULL,
    local_end          TEXT NOT NULL,
    tzid               TEXT NOT NULL,
    when_text          TEXT NOT NULL,
    starts_at          TIMESTAMPTZ,
    ends_at            TIMESTAMPTZ,
    previous_starts_at TIMESTAMPTZ,
    place              TEXT NOT NULL CHECK (place IN ('on_site', 'online', 'hybrid')),
    venue_name         TEXT NOT NULL,
    venue_address      TEXT NOT NULL,
    access_facts       TEXT NOT NULL,
    online_link        TEXT NOT NULL,
    entry              TEXT NOT NULL CHECK (entry IN ('free', 'welcome', 'required')),
    state              TEXT NOT NULL CHECK (state IN ('draft', 'open', 'closed', 'cancelled')),
    opened_at          TIMESTAMPTZ,
    uid                TEXT NOT NULL UNIQUE,
    sequence           INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    last_number        INTEGER NOT NULL,
    created_by         TEXT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    changed_at         TIMESTAMPTZ NOT NULL
);
CREATE INDEX meetings_by_start ON meetings (starts_at, id);
CREATE INDEX meetings_of_workgroup ON meetings (workgroup_id, starts_at);

CREATE TABLE meeting_quotas (
    id         TEXT NOT NULL PRIMARY KEY,
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    name       TEXT NOT NULL,
    capacity   INTEGER NOT NULL CHECK (capacity >= 0),
    taken      INTEGER NOT NULL,
    CONSTRAINT seats_are_never_oversold CHECK (taken >= 0 AND taken <= capacity),
    UNIQUE (meeting_id, name)
);

CREATE TABLE meeting_registrations (
    id              TEXT NOT NULL PRIMARY KEY,
    meeting_id      TEXT NOT NULL REFERENCES meetings (id),
    quota_id        TEXT NOT NULL REFERENCES meeting_quotas (id),
    number          INTEGER NOT NULL CHECK (number > 0),
    state           TEXT NOT NULL CHECK (state IN ('confirmed', 'waiting', 'cancelled')),
    origin          TEXT NOT NULL CHECK (origin IN ('self', 'helper', 'walk_in')),
    name            TEXT NOT NULL,
    channel         TEXT NOT NULL CHECK (channel IN ('text', 'call', 'email', 'none')),
    contact         TEXT NOT NULL,
    contact_mac     TEXT,
    people          INTEGER NOT NULL CHECK (people > 0),
    support         BYTEA,
    support_consent TIMESTAMPTZ,
    helper          TEXT NOT NULL,
    registered_by   TEXT NOT NULL,
    language        TEXT NOT NULL,
    reference       TEXT,
    reference_key   TEXT UNIQUE,
    token_hash      TEXT UNIQUE,
    idempotency_key TEXT,
    registered_at   TIMESTAMPTZ NOT NULL,
    promoted_at     TIMESTAMPTZ,
    cancelled_at    TIMESTAMPTZ,
    anonymised_at   TIMESTAMPTZ,
    UNIQUE (meeting_id, number),
    UNIQUE (meeting_id, idempotency_key)
);
CREATE UNIQUE INDEX meeting_registrations_once ON meeting_registrations (quota_id, contact_mac)
    WHERE state IN ('confirmed', 'waiting');
CREATE INDEX meeting_registrations_waiting ON meeting_registrations (quota_id, number) WHERE state = 'waiting';

CREATE TABLE meeting_calls (
    id              TEXT NOT NULL PRIMARY KEY,
    meeting_id      TEXT NOT NULL REFERENCES meetings (id),
    registration_id TEXT NOT NULL REFERENCES meeting_registrations (id),
    reason          TEXT NOT NULL CHECK (reason IN ('promoted', 'changed', 'cancelled')),
    asked_at        TIMESTAMPTZ NOT NULL,
    done_at         TIMESTAMPTZ,
    done_by         TEXT NOT NULL
);
CREATE INDEX meeting_calls_of_meeting ON meeting_calls (meeting_id, asked_at);

-- +goose Down
DROP TABLE meeting_calls;
DROP TABLE meeting_registrations;
DROP TABLE meeting_quotas;
DROP TABLE meetings;
