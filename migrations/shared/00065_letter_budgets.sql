-- +goose Up
CREATE TABLE letter_budgets (
    subject TEXT NOT NULL PRIMARY KEY,
    since   TIMESTAMPTZ NOT NULL,
    used    INTEGER NOT NULL
);
CREATE INDEX letter_budgets_by_age ON letter_budgets (since);

ALTER TABLE meeting_registrations ADD COLUMN came_from TEXT;
ALTER TABLE meeting_registrations ADD COLUMN withdrawn_with TEXT;
CREATE INDEX meeting_registrations_came_from ON meeting_registrations (registered_at) WHERE came_from IS NOT NULL;
CREATE INDEX meeting_registrations_withdrawn_with ON meeting_registrations (withdrawn_with) WHERE withdrawn_with IS NOT NULL;

-- +goose Down
DROP INDEX meeting_registrations_withdrawn_with;
DROP INDEX meeting_registrations_came_from;
ALTER TABLE meeting_registrations DROP COLUMN withdrawn_with;
ALTER TABLE meeting_registrations DROP COLUMN came_from;
DROP TABLE letter_budgets;
