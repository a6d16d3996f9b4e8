-- Somebody may be registered twice: a refusal told strangers who comes (docs/decisions/0023).

-- +goose Up
DROP INDEX meeting_registrations_once;
ALTER TABLE meeting_registrations DROP COLUMN contact_mac;

-- +goose Down
ALTER TABLE meeting_registrations ADD COLUMN contact_mac TEXT;
CREATE UNIQUE INDEX meeting_registrations_once ON meeting_registrations (quota_id, contact_mac)
    WHERE state IN ('confirmed', 'waiting');
