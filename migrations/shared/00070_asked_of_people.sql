-- What the first page looks up for the one who opens it.

-- +goose Up
CREATE INDEX workgroup_invitations_open_by_address ON workgroup_invitations (address) WHERE state = 'open';
CREATE INDEX meeting_registrations_by_person ON meeting_registrations (registered_by) WHERE registered_by <> '';
CREATE INDEX meeting_calls_open ON meeting_calls (meeting_id) WHERE done_at IS NULL;

-- +goose Down
DROP INDEX meeting_calls_open;
DROP INDEX meeting_registrations_by_person;
DROP INDEX workgroup_invitations_open_by_address;
